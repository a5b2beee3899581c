import { afterEach, expect, it } from 'vitest';
import { textOf } from '../mirror/read-trips.ts';
import { useDatabase } from '../support/database.ts';
import { loadFile } from '../support/loading.ts';
import { stagingTables } from '../support/tables.ts';

const database = useDatabase();

const header =
  'dispatching_base_num,pickup_datetime,dropOff_datetime,PUlocationID,DOlocationID,SR_Flag,Affiliated_base_number';
const trip = 'B00013,2019-01-05 00:30:00,2019-01-05 02:51:55,,,,B00013';
const shared = 'B00013,2019-01-05 00:30:00,2019-01-05 02:51:55,,,1,B00013';
const other = 'B00014,2019-01-05 00:30:00,2019-01-05 02:51:55,,,,B00013';

const csvOf = (rows: string[]) => [header, ...rows].map((line) => `${line}\r\n`).join('');
const load = (rows: string[], mode: 'load' | 'force' | 'replace' = 'load') =>
  loadFile(database, { dataset: 'fhv', month: '2019-01', csv: csvOf(rows), mode });

async function stored(): Promise<string[]> {
  const rows = await database.query<{ base: string; shared: string | null }>(
    `select dispatching_base_num as base, sr_flag as shared from fhv_tripdata order by 1, 2 nulls first`,
  );
  return rows.map(({ base, shared }) => `${base} ${shared ?? '-'}`);
}

afterEach(async () => {
  expect(await stagingTables(database)).toEqual([]);
  await database.query('drop table if exists fhv_tripdata_2019_01');
  await database.query("delete from fareflow.loads where dataset = 'fhv'");
});

it('all stay where a record says too little to tell trips apart, and count as inserted', async () => {
  const report = await load([trip, other, trip, trip, shared]);
  expect(report).toMatchObject({ rowsInFile: 5, inserted: 5, duplicates: 0 });
  expect(await stored()).toEqual(['B00013 -', 'B00013 -', 'B00013 -', 'B00013 1', 'B00014 -']);
});

it('are found again when the file is loaded again, in whatever order', async () => {
  await load([trip, other, trip, trip, shared, shared]);
  const again = { inserted: 0, updated: 0, unchanged: 6, removed: 0 };
  expect(await load([trip, other, trip, trip, shared, shared], 'force')).toMatchObject(again);
  expect(await load([shared, trip, trip, shared, other, trip], 'replace')).toMatchObject(again);
  expect(await stored()).toHaveLength(6);
});

it('are inserted or removed one by one as the file has more or fewer of them', async () => {
  await load([trip, trip]);
  expect(await load([trip, trip, trip, trip])).toMatchObject({ inserted: 2, unchanged: 2 });
  expect(await load([trip, trip, trip], 'replace')).toMatchObject({ unchanged: 3, removed: 1 });
  expect(await stored()).toHaveLength(3);
});

it('are one row each where the data set keeps no repeats', async () => {
  const options = {
    dataset: 'fhvhv',
    month: '2021-03',
    rows: 500,
    keyTwins: 7,
    exactDuplicates: 11,
  } as const;
  const report = await loadFile(database, { ...options, csv: textOf(options) });
  expect(report).toMatchObject({ rowsInFile: 500, inserted: 489, duplicates: 11 });
});
