import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { useDatabase } from '../support/database.ts';
import { loadFile } from '../support/loading.ts';
import { stagingTables } from '../support/tables.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const directory = resolve(repository, '../shared/data', 'green_csv');
if (!existsSync(directory)) process.stderr.write(`skipped: there are no real trip files in ${directory}\n`);

/** Rows, and those of them whose pickup lies outside the month. */
const months: [string, number, number][] = [
  ['2020-03', 223_406, 22],
  ['2020-04', 35_612, 6],
  ['2020-05', 57_360, 0],
  ['2020-06', 63_109, 2],
  ['2020-07', 72_257, 6],
];

describe.skipIf(!existsSync(directory))('the published green months of 2020', () => {
  const database = useDatabase();
  const load = async (month: string, mode: 'load' | 'force' | 'replace') =>
    loadFile(database, {
      dataset: 'green',
      month,
      csv: gunzipSync(await readFile(resolve(directory, `green_tripdata_${month}.csv.gz`))),
      mode,
    });

  it.each(months)('%s holds %d different rows, %d of them of other months', async (month, rows, outside) => {
    expect(await load(month, 'load')).toMatchObject({
      rowsInFile: rows,
      inserted: rows,
      updated: 0,
      unchanged: 0,
      duplicates: 0,
      outsideMonth: outside,
    });
  });

  it('are all in the table, each row where its pickup belongs', async () => {
    const [total] = await database.query('select count(*) as n from green_tripdata');
    expect(total).toEqual({ n: months.reduce((sum, [, rows]) => sum + rows, 0) });
    const waiting = await database.query(
      `select distinct to_char(lpep_pickup_datetime, 'YYYY-MM') as month from green_tripdata_default`,
    );
    expect(
      waiting.map(({ month }) => String(month)).filter((month) => months.some(([m]) => m === month)),
    ).toEqual([]);
  });

  it.each([
    ['2020-03', 'force'],
    ['2020-07', 'replace'],
  ] as const)('%s changes nothing when it is loaded again (%s)', async (month, mode) => {
    const [, rows] = months.find(([name]) => name === month) ?? [];
    expect(await load(month, mode)).toMatchObject({ inserted: 0, updated: 0, removed: 0, unchanged: rows });
    expect(await stagingTables(database)).toEqual([]);
  });
});
