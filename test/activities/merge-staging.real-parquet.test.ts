import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { useDatabase } from '../support/database.ts';
import { loadFile } from '../support/loading.ts';
import { stagingTables } from '../support/tables.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const directory = resolve(repository, '../shared/data', 'green_parquet');
if (!existsSync(directory)) process.stderr.write(`skipped: there are no real trip files in ${directory}\n`);

/** Rows, and how many of them share their key with another, different row. */
const months: [string, number, number][] = [
  ['2020-03', 223_496, 5],
  ['2020-04', 35_644, 54],
  ['2022-03', 78_537, 1],
  ['2023-01', 68_211, 3],
  ['2023-12', 64_215, 2],
];

describe.skipIf(!existsSync(directory))('the green months that the TLC published as Parquet', () => {
  const database = useDatabase();
  const load = async (month: string, mode: 'load' | 'force' = 'load') =>
    loadFile(database, {
      dataset: 'green',
      month,
      parquet: await readFile(resolve(directory, `green_tripdata_${month}.parquet`)),
      mode,
    });

  it.each(months)('%s holds %d rows, none of which is dropped', async (month, rows, twins) => {
    const counts = { rowsInFile: rows, inserted: rows, duplicates: 0, rejected: 0, updated: 0 };
    expect(await load(month)).toMatchObject({ ...counts, source: 'parquet', ignoredColumns: [] });
    const [found] = await database.query<{ twins: number }>(
      `select coalesce(sum(n - 1), 0)::int as twins from (
         select count(*) as n from green_tripdata_lineage where filename = $1
         group by vendorid, lpep_pickup_datetime, lpep_dropoff_datetime, pulocationid, dolocationid, fare_amount, trip_distance
       ) as keys`,
      [`green_tripdata_${month}.parquet`],
    );
    expect(found?.twins).toBe(twins);
  });

  it('changes nothing when a month is loaded again', async () => {
    expect(await load('2022-03', 'force')).toMatchObject({ inserted: 0, updated: 0, unchanged: 78_537 });
    expect(await stagingTables(database)).toEqual([]);
  });
});
