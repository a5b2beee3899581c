import { afterEach, describe, expect, it } from 'vitest';
import { generateTrips } from '../../src/mirror/index.ts';
import { useDatabase } from '../support/database.ts';
import { finish, loadFile, type LoadingOptions, startLoading } from '../support/loading.ts';
import { emptyGreen, stagingTables } from '../support/tables.ts';
import { greenCsv, greenTrip } from '../support/trip-csv.ts';

const database = useDatabase();
const month = '2021-03';
const rules = { onBadRow: 'quarantine' } as const;
const good = greenTrip('2021-03-01 10:00:00');

afterEach(async () => {
  expect(await stagingTables(database)).toEqual([]);
  await database.query('delete from fareflow.rejected_rows');
  await emptyGreen(database);
});

interface Rejected {
  line: number;
  column_name: string | null;
  reason: string;
  raw: string;
}

const rejectedRows = () =>
  database.query<Rejected>('select line, column_name, reason, raw from fareflow.rejected_rows order by line');

const load = (csv: string | Buffer, options: Partial<LoadingOptions> = {}) =>
  loadFile(database, { dataset: 'green', month, csv, rules, ...options });

/** Copies a file, which must fail. */
async function failureOf(csv: string, options: Partial<LoadingOptions>): Promise<unknown> {
  const loading = await startLoading(database, { dataset: 'green', month, csv, ...options });
  const failure = await loading.copy().then(
    () => 'it was copied',
    (error: unknown) => error,
  );
  expect(await stagingTables(database)).toEqual([]);
  await finish(loading);
  return failure;
}

describe('200,000 rows of which 37 are bad', () => {
  const text = Buffer.concat([...generateTrips({ dataset: 'green', month, rows: 200_000 })]).toString();
  const [header = '', ...rows] = text.trimEnd().split('\r\n');
  const field = (i: number, value: string) => (row: string) => {
    const fields = row.split(',');
    fields[i] = value;
    return fields.join(',');
  };
  const spoilers: ((row: string) => string)[] = [
    field(0, 'two'),
    field(0, '99999999999'),
    field(1, ''),
    field(1, '2021-02-30 10:00:00'),
    field(1, '2021-03-01 25:00:00'),
    field(1, 'infinity'),
    field(2, 'yesterday evening'),
    field(3, '"N'),
    field(3, 'N"'),
    field(3, 'a\0b'),
    field(3, 'a\rb'),
    field(5, '-'),
    field(7, '1.5'),
    field(8, '1e999'),
    field(9, '$12'),
    field(16, '"12,5"'),
    (row) => row.split(',').slice(0, 12).join(','),
    (row) => `${row},`,
    () => '',
    () => 'Error: the export was interrupted',
  ];
  // On the first and the last line too, and on two that follow each other.
  const places = [0, 1, ...Array.from({ length: 34 }, (_, i) => 5_000 + 5_501 * i), rows.length - 1];
  const kept: { line: number; raw: string }[] = [];
  places.forEach((place, i) => {
    const spoil = spoilers[i % spoilers.length] as (row: string) => string;
    const raw = spoil(rows[place] as string);
    rows[place] = raw;
    kept.push({ line: place + 2, raw: raw.replace('\0', '\\x00') });
  });
  const csv = [header, ...rows, ''].join('\r\n');

  it('fail by the first of them', async () => {
    expect(places).toHaveLength(37);
    expect(await failureOf(csv, {})).toMatchObject({
      type: 'BadRow',
      message: expect.stringContaining(
        'green_tripdata_2021-03.csv.gz, line 2, column vendorid: invalid input syntax for type integer: "two" (the first of 37 bad rows;',
      ) as string,
    });
  });

  it('are loaded but for those, which are kept as they stood in the file', async () => {
    const report = await load(csv);
    expect(report).toMatchObject({ status: 'loaded', rowsInFile: 200_000, rejected: 37 });
    expect(report.inserted + report.duplicates).toBe(199_963);
    const found = await rejectedRows();
    expect(found.map(({ line, raw }) => ({ line, raw }))).toEqual(kept);
    expect(found.slice(0, 4).map(({ column_name }) => column_name)).toEqual([
      'vendorid',
      'vendorid',
      'lpep_pickup_datetime',
      'lpep_pickup_datetime',
    ]);
    expect(await database.query('select count(*)::int as rows from green_tripdata')).toEqual([
      { rows: report.inserted },
    ]);
  });
});

describe('rows set aside', () => {
  const bad = { ...good, extra: 'x' };

  it('belong to the load, whose counts add up', async () => {
    const report = await load(greenCsv([good, bad, greenTrip('2021-03-02 10:00:00'), good]));
    expect(report).toMatchObject({ rowsInFile: 4, inserted: 2, duplicates: 1, rejected: 1 });
    expect(await database.query('select load_id as "loadId" from fareflow.rejected_rows')).toEqual([
      { loadId: report.loadId },
    ]);
    expect(await rejectedRows()).toEqual([
      {
        line: 3,
        column_name: 'extra',
        reason: 'invalid input syntax for type double precision: "x"',
        raw: (greenCsv([bad]).split('\r\n')[1] as string).trim(),
      },
    ]);
  });

  it('may be the last one of a file that was cut off', async () => {
    const csv = greenCsv([good, bad, greenTrip('2021-03-02 10:00:00')]).slice(0, -60);
    expect(await load(csv, { packing: 'none' })).toMatchObject({ rowsInFile: 3, inserted: 1, rejected: 2 });
    expect((await rejectedRows()).at(-1)).toMatchObject({
      line: 4,
      reason: expect.stringMatching(/^\d+ fields in place of 20; the file ends here$/) as string,
    });
  });

  it('have the line on which they begin, also behind quoted line ends and a blank second line', async () => {
    const [header = '', row = ''] = greenCsv([good]).split('\r\n');
    const long = row.replace(',N,', ',"a\nb\r\n\nc",');
    const csv = [header, '', long, row.replace('8.5', 'dear'), `${long},`, row, ''].join('\n');
    expect(await load(csv)).toMatchObject({ rowsInFile: 4, rejected: 2 });
    expect(await rejectedRows()).toMatchObject([
      { line: 7, column_name: 'fare_amount' },
      { line: 8, column_name: null, raw: `${long},` },
    ]);
  });

  it('show bytes that are no text', async () => {
    const csv = Buffer.from(greenCsv([good, { ...good, store_and_fwd_flag: '\u00e9\0' }]), 'latin1');
    await load(csv);
    const [row] = await rejectedRows();
    expect(row?.raw).toContain(',\\xe9\\x00,');
  });

  it.each([
    [1, 'and --max-bad-rows allows 1'],
    ['20%', 'and --max-bad-rows allows 20%'],
  ])('may be so many (%s); with more the load fails and names the first', async (maxBadRows, message) => {
    const csv = greenCsv([good, bad, good, { ...bad, extra: 'y' }, good, good]);
    expect(await failureOf(csv, { rules: { ...rules, maxBadRows } })).toMatchObject({
      type: 'BadRow',
      nonRetryable: true,
      message: expect.stringContaining(
        `green_tripdata_2021-03.csv.gz: 2 of 6 rows are bad, ${message}; they begin with line 3, column extra: `,
      ) as string,
      details: [expect.objectContaining({ line: 3, total: 2 })],
    });
    const report = await load(csv, { rules: { ...rules, maxBadRows: maxBadRows === 1 ? 2 : '34%' } });
    expect(report).toMatchObject({ rejected: 2 });
  });

  it('are none where every row fits after all', async () => {
    const report = await load(greenCsv([good, { ...good, passenger_count: '1.0' }]));
    expect(report).toMatchObject({ rowsInFile: 2, rejected: 0 });
    expect(await rejectedRows()).toEqual([]);
  });
});
