import { beforeEach, describe, expect, it } from 'vitest';
import type { LoadReport, MonthString } from '../../src/contract.ts';
import { useDatabase } from '../support/database.ts';
import { loadFile } from '../support/loading.ts';
import { connect, emptyGreen, greenRows } from '../support/tables.ts';
import { greenCsv, greenTrip, type TripRow } from '../support/trip-csv.ts';

const database = useDatabase();
beforeEach(() => emptyGreen(database));

const load = (month: MonthString, rows: TripRow[]): Promise<LoadReport> =>
  loadFile(database, { dataset: 'green', month, csv: greenCsv(rows) });
const replace = (month: MonthString, rows: TripRow[]): Promise<LoadReport> =>
  loadFile(database, { dataset: 'green', month, csv: greenCsv(rows), mode: 'replace' });
const pickups = async () => (await greenRows(database)).map(({ pickup }) => pickup.slice(0, 10));

const one = greenTrip('2021-03-01 10:00:00');
const two = greenTrip('2021-03-02 10:00:00');
const three = greenTrip('2021-03-03 10:00:00');
const january = greenTrip('2021-01-10 10:00:00');
const inJanuary = greenTrip('2021-01-20 10:00:00');
const future = greenTrip('2041-08-17 10:00:00');

it('makes the month equal to the file', async () => {
  await load('2021-03', [one, two]);
  const report = await replace('2021-03', [{ ...two, total_amount: 11 }, three]);
  expect(report).toMatchObject({ rowsInFile: 2, inserted: 1, updated: 1, unchanged: 0, removed: 1 });
  expect(await greenRows(database)).toMatchObject([
    { pickup: '2021-03-02 10:00:00', total: 11 },
    { pickup: '2021-03-03 10:00:00', total: 9.3 },
  ]);
});

it('does not touch the rows that the file still has', async () => {
  await load('2021-03', [one, two, future]);
  const before = await greenRows(database);
  expect(await replace('2021-03', [one, two, future])).toMatchObject({ unchanged: 3, removed: 0 });
  expect(await greenRows(database)).toEqual(before);
});

it('removes what vanished from other months’ partitions and from the default one too', async () => {
  await load('2021-01', [january]);
  await load('2021-03', [one, inJanuary, future]);
  expect(await replace('2021-03', [one])).toMatchObject({ unchanged: 1, removed: 2 });
  expect(await pickups()).toEqual(['2021-01-10', '2021-03-01']);
});

it('follows rows that a later load of their own month has taken out of the default partition', async () => {
  await load('2021-03', [one, inJanuary]);
  await load('2021-01', [january]);
  expect(await greenRows(database)).toMatchObject([
    { partition: 'green_tripdata_2021_01' },
    { partition: 'green_tripdata_2021_01' },
    { partition: 'green_tripdata_2021_03' },
  ]);
  expect(await replace('2021-03', [one])).toMatchObject({ removed: 1 });
  expect(await pickups()).toEqual(['2021-01-10', '2021-03-01']);
});

it('never removes rows that came with another month’s file', async () => {
  await load('2021-03', [one, inJanuary]);
  await load('2021-01', [january, two, future]);
  expect(await replace('2021-03', [three])).toMatchObject({ inserted: 1, removed: 2 });
  expect(await pickups()).toEqual(['2021-01-10', '2021-03-02', '2021-03-03', '2041-08-17']);
  expect(await replace('2021-01', [])).toMatchObject({ removed: 3 });
  expect(await pickups()).toEqual(['2021-03-03']);
});

it('removes what any earlier load of the month has brought in', async () => {
  await load('2021-03', [one]);
  await load('2021-03', [two]);
  await load('2021-03', [three, future]);
  expect(await pickups()).toHaveLength(4);
  expect(await replace('2021-03', [two])).toMatchObject({ unchanged: 1, removed: 3 });
  expect(await pickups()).toEqual(['2021-03-02']);
});

it('leaves a row to the month whose file wrote to it last', async () => {
  await load('2021-03', [one, inJanuary]);
  await load('2021-01', [{ ...inJanuary, total_amount: 11 }]);
  expect(await replace('2021-03', [one])).toMatchObject({ removed: 0 });
  expect(await greenRows(database)).toMatchObject([{ total: 11 }, { pickup: '2021-03-01 10:00:00' }]);
});

describe('a row that the files of two months have', () => {
  const february = greenTrip('2021-02-10 10:00:00');
  const changed = { ...inJanuary, total_amount: 11 };
  const has = async () => (await pickups()).includes('2021-01-20');

  it('stays when the month is replaced that brought it in first', async () => {
    await load('2021-03', [one, inJanuary]);
    expect(await load('2021-01', [january, inJanuary])).toMatchObject({ inserted: 1, unchanged: 1 });
    expect(await replace('2021-03', [one])).toMatchObject({ removed: 0 });
    expect(await has()).toBe(true);
  });

  it('stays then also if its own month was there already', async () => {
    await load('2021-01', [january]);
    await load('2021-03', [one, inJanuary]);
    expect(await load('2021-01', [january, inJanuary])).toMatchObject({ updated: 0, unchanged: 2 });
    expect(await replace('2021-03', [one])).toMatchObject({ removed: 0 });
    expect(await has()).toBe(true);
  });

  it('stays when its own month is replaced, and is the other month’s', async () => {
    await load('2021-01', [january, inJanuary]);
    await load('2021-03', [one, inJanuary]);
    expect(await replace('2021-01', [january])).toMatchObject({ removed: 0 });
    expect(await has()).toBe(true);
    expect(await replace('2021-03', [one])).toMatchObject({ removed: 1 });
    expect(await has()).toBe(false);
  });

  it.each([
    ['came with the other month first', []],
    ['came with the other month first and was taken into its own month', [january]],
  ])('stays when its own month is replaced, although it %s', async (_, before) => {
    if (before.length > 0) await load('2021-01', before);
    await load('2021-03', [one, inJanuary]);
    await load('2021-01', [january, inJanuary]);
    expect(await replace('2021-01', [january])).toMatchObject({ removed: 0 });
    expect(await replace('2021-03', [one, two])).toMatchObject({ removed: 1 });
    expect(await has()).toBe(false);
  });

  it('stays when neither is its own month and one of them is replaced', async () => {
    await load('2021-02', [february, inJanuary]);
    await load('2021-03', [one, inJanuary]);
    expect(await replace('2021-02', [february])).toMatchObject({ removed: 0 });
    expect(await has()).toBe(true);
    expect(await replace('2021-03', [one])).toMatchObject({ removed: 1 });
  });

  it('stays when the month is replaced that has changed it last', async () => {
    await load('2021-01', [january, inJanuary]);
    await load('2021-03', [one, changed]);
    expect(await replace('2021-03', [one])).toMatchObject({ removed: 0 });
    expect(await has()).toBe(true);
    expect(await replace('2021-01', [january])).toMatchObject({ removed: 1 });
  });

  it('goes when neither file has it any more', async () => {
    await load('2021-01', [january, inJanuary]);
    await load('2021-03', [one, inJanuary]);
    expect(await replace('2021-03', [one])).toMatchObject({ removed: 0 });
    expect(await replace('2021-01', [january])).toMatchObject({ removed: 1 });
    expect(await database.query('select * from fareflow.shared_rows')).toEqual([]);
  });

  it('is not written again by a load that finds it unchanged', async () => {
    await load('2021-03', [one, inJanuary]);
    await load('2021-01', [january, inJanuary]);
    const before = await greenRows(database);
    expect(await load('2021-01', [inJanuary, january])).toMatchObject({ status: 'loaded', unchanged: 2 });
    expect(await load('2021-03', [inJanuary, one])).toMatchObject({ status: 'loaded', unchanged: 2 });
    expect(await greenRows(database)).toEqual(before);
  });
});

it('loads a month that was never loaded like any other', async () => {
  await load('2021-01', [january, one]);
  expect(await replace('2021-03', [two])).toMatchObject({ status: 'loaded', inserted: 1, removed: 0 });
  expect(await pickups()).toEqual(['2021-01-10', '2021-03-01', '2021-03-02']);
});

it('empties the month for a file without rows', async () => {
  await load('2021-03', [one, two]);
  expect(await replace('2021-03', [])).toMatchObject({ rowsInFile: 0, removed: 2 });
  expect(await pickups()).toEqual([]);
});

it('drops one of several records that share their key', async () => {
  const twin = { ...one, total_amount: 20 };
  await load('2021-03', [one, twin, two]);
  expect(await replace('2021-03', [twin, two])).toMatchObject({ rowsInFile: 2, removed: 1 });
  expect((await greenRows(database)).map(({ total }) => total)).toEqual([20, 9.3]);
});

describe('a month that was filled from another kind of file', () => {
  const vendorless = [one, two].map((row) => ({ ...row, VendorID: null }));
  beforeEach(async () => {
    await load('2021-03', [...vendorless, future]);
    await database.query("update fareflow.loads set source = 'parquet'");
  });

  it.each(['load', 'force'] as const)('is refused under the lock of the month: %s', async (mode) => {
    const before = await greenRows(database);
    const options = { dataset: 'green', month: '2021-03', csv: greenCsv([one, two]), mode };
    await expect(loadFile(database, options)).rejects.toMatchObject({
      type: 'SourceConflict',
      nonRetryable: true,
    });
    expect(await greenRows(database)).toEqual(before);
  });

  it('is made equal to the file, whose keys all differ, and is the file’s from then on', async () => {
    const reader = await connect(database.url);
    await reader.query('begin isolation level repeatable read');
    const seen = async () =>
      (await reader.query<{ n: number }>('select count(vendorid)::int as n from green_tripdata')).rows[0]?.n;
    expect(await seen()).toBe(1);
    expect(await replace('2021-03', [one, two])).toMatchObject({ inserted: 2, unchanged: 0, removed: 3 });
    expect(await seen()).toBe(1);
    await reader.end();
    expect(await pickups()).toEqual(['2021-03-01', '2021-03-02']);
    expect(await load('2021-03', [one, two])).toMatchObject({ status: 'skipped', source: 'csv' });
    expect(await load('2021-03', [two, one])).toMatchObject({ status: 'loaded', unchanged: 2 });
  });
});
