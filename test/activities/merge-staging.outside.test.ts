import { beforeEach, expect, it } from 'vitest';
import type { LoadReport, MonthString } from '../../src/contract.ts';
import { useDatabase } from '../support/database.ts';
import { loadFile } from '../support/loading.ts';
import { emptyGreen, greenRows } from '../support/tables.ts';
import { greenCsv, greenTrip, type TripRow } from '../support/trip-csv.ts';

const database = useDatabase();
beforeEach(() => emptyGreen(database));

const load = (month: MonthString, rows: TripRow[], mode: 'load' | 'force' = 'load'): Promise<LoadReport> =>
  loadFile(database, { dataset: 'green', month, csv: greenCsv(rows), mode });

const march = greenTrip('2021-03-01 10:00:00');
const early = greenTrip('2021-02-28 23:59:00');
const february = greenTrip('2021-02-10 10:00:00');

it('goes to the partition of its month where there is one', async () => {
  await load('2021-02', [february]);
  expect(await load('2021-03', [march, early])).toMatchObject({ inserted: 2, outsideMonth: 1 });
  expect(await greenRows(database)).toMatchObject([
    { pickup: '2021-02-10 10:00:00', partition: 'green_tripdata_2021_02' },
    { pickup: '2021-02-28 23:59:00', partition: 'green_tripdata_2021_02' },
    { pickup: '2021-03-01 10:00:00', partition: 'green_tripdata_2021_03' },
  ]);
});

it('waits in the default partition for its month, and moves there with its history', async () => {
  await load('2021-03', [march, early]);
  const [waiting] = await greenRows(database);
  expect(waiting?.partition).toBe('green_tripdata_default');
  expect(await load('2021-02', [february])).toMatchObject({
    rowsInFile: 1,
    inserted: 1,
    updated: 0,
    unchanged: 0,
  });
  const [, moved] = await greenRows(database);
  expect({ ...moved, version: '' }).toEqual({ ...waiting, partition: 'green_tripdata_2021_02', version: '' });
});

it('is unchanged if its own month’s file has the same row, but is that file’s from then on', async () => {
  await load('2021-03', [march, early]);
  const [waiting] = await greenRows(database);
  const report = await load('2021-02', [february, early]);
  expect(report).toMatchObject({
    rowsInFile: 2,
    inserted: 1,
    updated: 0,
    unchanged: 1,
  });
  const rows = await greenRows(database);
  expect(rows).toHaveLength(3);
  expect(rows[1]).toMatchObject({
    load: report.loadId,
    created: waiting?.created,
    updated: waiting?.updated,
  });
});

it('is updated if its own month’s file says something else of it', async () => {
  await load('2021-03', [march, early]);
  const [waiting] = await greenRows(database);
  const report = await load('2021-02', [february, { ...early, total_amount: 11, payment_type: null }]);
  expect(report).toMatchObject({ rowsInFile: 2, inserted: 1, updated: 1, unchanged: 0 });
  const rows = await greenRows(database);
  expect(rows).toHaveLength(3);
  expect(rows[1]).toMatchObject({ total: 11, load: report.loadId, created: waiting?.created });
  expect(rows[1]?.updated).not.toBe(waiting?.updated);
});

it('leaves the default partition empty for months that have one of their own', async () => {
  await load('2021-03', [march, early, greenTrip('2041-08-17 10:00:00')]);
  await load('2021-02', [early]);
  const waiting = await database.query('select from only green_tripdata_default');
  expect(waiting).toHaveLength(1);
});

it('is counted as unchanged or updated when its file is loaded again, wherever it is by then', async () => {
  const late = greenTrip('2021-04-01 00:00:01');
  await load('2021-03', [march, early, late]);
  expect(await load('2021-03', [march, early, late], 'force')).toMatchObject({ unchanged: 3, inserted: 0 });
  await load('2021-02', [february]);
  const changed = [march, { ...early, tip_amount: 3 }, { ...late, tip_amount: 3 }];
  expect(await load('2021-03', changed)).toMatchObject({
    rowsInFile: 3,
    unchanged: 1,
    updated: 2,
    inserted: 0,
  });
  expect(await load('2021-03', changed, 'force')).toMatchObject({ unchanged: 3, updated: 0 });
  expect(await greenRows(database)).toHaveLength(4);
});

it('is found again in months of any year', async () => {
  const far = ['0001-01-01 00:00:00', '0999-06-01 00:00:00', '1970-01-01 00:00:00', '9999-12-31 23:59:59'];
  const rows = far.map((pickup) => greenTrip(pickup));
  expect(await load('2021-03', [march, ...rows])).toMatchObject({ inserted: 5, outsideMonth: 4 });
  const changed = rows.map((row) => ({ ...row, tip_amount: 1 }));
  expect(await load('2021-03', [march, ...changed])).toMatchObject({ inserted: 0, updated: 4, unchanged: 1 });
});

it('may be most of the file', async () => {
  await load('2021-03', [march]);
  const report = await load('2021-02', [
    greenTrip('2021-02-28 10:00:00'),
    march,
    greenTrip('2021-03-02 10:00:00'),
  ]);
  expect(report).toMatchObject({ rowsInFile: 3, inserted: 2, unchanged: 1, outsideMonth: 2 });
  expect((await greenRows(database)).map(({ partition }) => partition)).toEqual([
    'green_tripdata_2021_02',
    'green_tripdata_2021_03',
    'green_tripdata_2021_03',
  ]);
});
