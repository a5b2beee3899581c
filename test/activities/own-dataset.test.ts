import { ApplicationFailure } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { useDatabase } from '../support/database.ts';
import { loadFile } from '../support/loading.ts';
import { stagingTables } from '../support/tables.ts';

const database = useDatabase();

function rides(name: string, period: 'week' | 'day', change: object = {}) {
  return {
    name,
    period,
    first: period === 'week' ? '2024-W01' : '2024-01-01',
    columns: [
      { name: 'bike', type: 'integer' },
      { name: 'started_at', type: 'timestamp' },
      { name: 'metres', type: 'double precision' },
    ],
    partitionColumn: 'started_at',
    key: ['bike', 'started_at'],
    sources: [{ format: 'csv', urlTemplate: 'https://bikes.example/{month}.csv.gz' }],
    ...change,
  };
}
type Rides = ReturnType<typeof rides>;

const load = (definition: Rides, month: string, rows: string[], mode: 'load' | 'replace' = 'load') =>
  loadFile(database, {
    dataset: definition.name,
    definition,
    month,
    csv: `${[headersOf(definition).join(','), ...rows].join('\n')}\n`,
    mode,
  });
const headersOf = (definition: Rides) =>
  definition.columns.map(({ name }, i) => ('layouts' in definition ? `Header ${i}` : name));
const placesOf = (table: string) =>
  database.query(`select bike, tableoid::regclass::text as place from "${table}" order by bike`);

describe('a data set of one’s own', () => {
  const weekly = rides('weekly', 'week');

  it('has a table from its first load on, with a partition for each week', async () => {
    const rows = [
      '1,2026-01-26 00:00:00,10',
      '2,2026-02-01 23:59:59,20',
      '3,2026-02-02 00:00:00,30',
      '4,2020-12-31 00:00:00,1',
    ];
    expect(await load(weekly, '2026-W05', rows)).toMatchObject({ inserted: 4, outsideMonth: 2 });
    expect(await placesOf('weekly')).toEqual([
      { bike: 1, place: 'weekly_2026_w05' },
      { bike: 2, place: 'weekly_2026_w05' },
      { bike: 3, place: 'weekly_default' },
      { bike: 4, place: 'weekly_default' },
    ]);
    expect(await database.query('select outside_months as m from fareflow.loads')).toEqual([
      { m: ['2020-W53', '2026-W06'] },
    ]);
  });

  it('is merged by key, week by week, and takes over what waited for a week', async () => {
    const again = ['1,2026-01-26 00:00:00,11', '2,2026-02-01 23:59:59,20', '5,2026-01-30 00:00:00,5'];
    expect(await load(weekly, '2026-W05', again)).toMatchObject({ inserted: 1, updated: 1, unchanged: 1 });
    expect(await load(weekly, '2026-W06', ['3,2026-02-02 00:00:00,31'])).toMatchObject({
      inserted: 0,
      updated: 1,
    });
    expect(await load(weekly, '2026-W05', again.slice(1), 'replace')).toMatchObject({
      unchanged: 2,
      removed: 2,
    });
    expect((await placesOf('weekly')).map((row) => (row as { place: string }).place)).toEqual([
      'weekly_2026_w05',
      'weekly_2026_w06',
      'weekly_2026_w05',
    ]);
    expect(await stagingTables(database)).toEqual([]);
  });

  it('may be of days', async () => {
    const daily = rides('daily', 'day');
    const rows = ['1,2024-02-29 12:00:00,1', '2,2024-03-01 00:00:00,1'];
    expect(await load(daily, '2024-02-29', rows)).toMatchObject({ inserted: 2, outsideMonth: 1 });
    expect(await placesOf('daily')).toEqual([
      { bike: 1, place: 'daily_2024_02_29' },
      { bike: 2, place: 'daily_default' },
    ]);
  });

  it('may have nothing but key columns, and rows that are equal', async () => {
    const bare = rides('bare', 'day', { columns: rides('', 'day').columns.slice(0, 2) });
    const rows = ['1,2024-02-29 12:00:00', '1,2024-02-29 12:00:00', '2,2024-02-29 12:00:00'];
    expect(await load(bare, '2024-02-29', rows)).toMatchObject({ inserted: 2, duplicates: 1 });
    expect(await load(bare, '2024-02-29', rows.slice(1))).toMatchObject({ inserted: 0, unchanged: 2 });
  });

  it('may have names that hold whatever a name may hold', async () => {
    const evil = `a"; drop table fareflow.loads; --'$1`;
    const columns = [
      { name: 'bike', type: 'integer' },
      { name: `when"'`, type: 'timestamp' },
      ...['__proto__', 'select', 'übermäßig 🚲;', evil].map((name) => ({ name, type: 'text' })),
    ];
    const headers = columns.map(({ name }, i) => ({ header: `Header ${i}`, column: name }));
    const layouts = [{ format: 'csv', columns: headers }];
    const change = { columns, layouts, table: evil, partitionColumn: `when"'`, key: ['bike', `when"'`] };
    const hostile = rides(`n"'; --{month}`, 'day', change);
    const rows = ['1,2024-02-29 12:00:00,a,b,c,d', '1,2024-02-29 12:00:00,a,b,c,e'];
    expect(await load(hostile, '2024-02-29', rows)).toMatchObject({ inserted: 2 });
    expect(await load(hostile, '2024-02-29', rows.slice(1), 'replace')).toMatchObject({ status: 'loaded' });
    const [{ n }] = (await database.query('select count(*) as n from fareflow.loads')) as [{ n: number }];
    expect(n).toBeGreaterThan(5);
    expect(await stagingTables(database)).toEqual([]);
  });
});

describe('a definition that is not what its table was made for', () => {
  const first = rides('fixed', 'day');

  it.each([
    [
      'a column of another type',
      { columns: first.columns.map((c) => (c.name === 'metres' ? { ...c, type: 'text' } : c)) },
      'the column metres of public.fixed is double precision, and the definition has text',
    ],
    [
      'a column less',
      { columns: first.columns.slice(0, 2) },
      'public.fixed has the column metres, which the definition lacks',
    ],
    [
      'another key',
      { key: ['started_at'] },
      'was made with key ["bike","started_at"], and the definition has ["started_at"]',
    ],
    [
      'another name',
      { name: 'other', table: 'fixed' },
      'was made with dataset "fixed", and the definition has "other"',
    ],
  ])('is refused: %s', async (_what, change, message) => {
    await load(first, '2024-02-29', ['1,2024-02-29 12:00:00,1']);
    const refused = load({ ...first, ...change }, '2024-03-01', []);
    await expect(refused).rejects.toThrow(message);
    const failure = await refused.catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ApplicationFailure);
    expect(failure).toMatchObject({ type: 'TargetRejected', nonRetryable: true });
  });

  it('is refused when the period is another', async () => {
    await load(first, '2024-02-29', ['1,2024-02-29 12:00:00,1']);
    await expect(load(rides('fixed', 'week'), '2024-W09', [])).rejects.toThrow('was made with period "day"');
  });

  it('is refused when the table is somebody else’s, which stays as it is', async () => {
    await database.query('create table public.mine (bike integer)');
    await expect(load(rides('mine', 'day'), '2024-03-01', [])).rejects.toThrow('was not made for a data set');
    expect(await database.query('select count(*) as n from public.mine')).toEqual([{ n: 0 }]);
  });

  it('makes one table when two first loads begin at once', async () => {
    const twice = rides('twice', 'day');
    const loads = ['2024-02-28', '2024-02-29'].map((day, i) => load(twice, day, [`${i},${day} 12:00:00,1`]));
    expect((await Promise.all(loads)).map(({ inserted }) => inserted)).toEqual([1, 1]);
  });
});
