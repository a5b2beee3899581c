import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pickupOf } from '../../src/database/columns.ts';
import { getDataset } from '../../src/datasets/index.ts';
import { matchHeader } from '../../src/datasets/layout.ts';
import { startMirror, type TripFileOptions, writeTripFile } from '../../src/mirror/index.ts';
import { textOf } from './read-trips.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const real = resolve(repository, '../shared/data/green_parquet');

let directory: string;
let connection: DuckDBConnection;
let instance: DuckDBInstance;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'write-trip-file-test-'));
  instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  connection = await instance.connect();
});
afterAll(async () => {
  connection.closeSync();
  instance.closeSync();
  await rm(directory, { recursive: true });
});

async function query(sql: string): Promise<Record<string, unknown>[]> {
  return (await connection.runAndReadAll(sql)).getRowObjectsJson();
}

let files = 0;
async function write(options: TripFileOptions): Promise<string> {
  const path = join(directory, `file${files++}.parquet`);
  await writeTripFile(options, path);
  return path;
}

/** Names and types of a file's columns. */
async function schemaOf(path: string): Promise<string[][]> {
  const columns = await query(
    `select name, type, converted_type from parquet_schema('${path}') where num_children is null`,
  );
  return columns.map(({ name, type, converted_type }) => [
    String(name),
    String(type),
    // DuckDB writes what others call no type as an integer.
    String(converted_type).replace(/^INT_.*/, 'null'),
  ]);
}

describe.skipIf(!existsSync(real))('a generated Parquet file', () => {
  it.each(['2020-03', '2022-03', '2023-12'])(
    'has the columns and types of the real green one of %s',
    async (month) => {
      const path = await write({ dataset: 'green', month, rows: 10, format: 'parquet' });
      expect(await schemaOf(path)).toEqual(await schemaOf(resolve(real, `green_tripdata_${month}.parquet`)));
    },
  );
});

describe('a generated Parquet file', () => {
  it.each<[TripFileOptions['dataset'], string, string]>([
    ['yellow', '2009-05', '2009'],
    ['yellow', '2010-05', '2010'],
    ['yellow', '2015-05', '2011 to 2023-01'],
    ['yellow', '2024-05', '2023-02 to 2024'],
    ['yellow', '2025-05', '2025 and later'],
    ['green', '2014-05', '2014 to 2024'],
    ['green', '2025-05', '2025 and later'],
    ['fhv', '2019-05', '2015 and later'],
    ['fhvhv', '2021-05', '2019-02 to 2024'],
    ['fhvhv', '2025-05', '2025 and later'],
  ])(
    'of %s %s fits the layout "%s" and holds the rows of the same file as CSV',
    async (dataset, month, layout) => {
      const options: TripFileOptions = { dataset, month, rows: 300, format: 'parquet', rowGroupRows: 2_048 };
      const path = await write(options);
      const names = (await schemaOf(path)).map(([name = '']) => name);
      const match = matchHeader(getDataset(dataset), 'parquet', names);
      expect(match).toMatchObject({ fits: true, layout: { name: layout } });
      const pickup = names[match.fits ? match.columns.indexOf(pickupOf(getDataset(dataset))) : 0] ?? '';
      expect(await query(`select count(*) as rows, count("${pickup}") as pickups from '${path}'`)).toEqual([
        { rows: '300', pickups: '300' },
      ]);
    },
  );

  it('writes times before 2011 as texts', async () => {
    const path = await write({ dataset: 'yellow', month: '2009-05', rows: 20, format: 'parquet' });
    expect(await schemaOf(path)).toContainEqual(['Trip_Pickup_DateTime', 'BYTE_ARRAY', 'UTF8']);
    expect(await query(`select distinct Trip_Pickup_DateTime[:7] as month from '${path}'`)).toContainEqual({
      month: '2009-05',
    });
  });

  it('is the same at every call, in row groups of the length asked for', async () => {
    const options: TripFileOptions = { dataset: 'fhvhv', month: '2021-03', rows: 9_000, format: 'parquet' };
    const [one, two] = [await write(options), await write(options)];
    expect((await readFile(one)).equals(await readFile(two))).toBe(true);
    const groups = (path: string) =>
      query(`select num_row_groups as n from parquet_file_metadata('${path}')`);
    expect(await groups(one)).toEqual([{ n: '1' }]);
    expect(await groups(await write({ ...options, rowGroupRows: 2_048 }))).toEqual([{ n: '5' }]);
  });

  it('leaves nothing behind when it is given up', async () => {
    const before = await readdir(directory);
    const options: TripFileOptions = {
      dataset: 'yellow',
      month: '2021-03',
      rows: 5_000_000,
      format: 'parquet',
    };
    const giveUp = AbortSignal.timeout(200);
    await expect(writeTripFile(options, join(directory, 'never.parquet'), giveUp)).rejects.toThrow();
    expect((await readdir(directory)).filter((name) => name.endsWith('.csv'))).toEqual([]);
    expect(before.every((name) => !name.endsWith('.csv'))).toBe(true);
  });

  it('is served by a mirror, beside the CSV file of the same month', async () => {
    const march: TripFileOptions = { dataset: 'green', month: '2021-03', rows: 50 };
    const mirror = await startMirror({ months: [march, { ...march, format: 'parquet' }] });
    try {
      const get = async (template: string) => {
        const response = await fetch(
          template.replaceAll('{dataset}', 'green').replaceAll('{month}', '2021-03'),
        );
        expect(response.status).toBe(200);
        return Buffer.from(await response.arrayBuffer());
      };
      expect(mirror.parquetUrlTemplate).toBe(`${mirror.url}/{dataset}/{dataset}_tripdata_{month}.parquet`);
      const parquet = await get(mirror.parquetUrlTemplate);
      expect([parquet.subarray(0, 4), parquet.subarray(-4)].map(String)).toEqual(['PAR1', 'PAR1']);
      expect(gunzipSync(await get(mirror.urlTemplate)).toString('latin1')).toBe(textOf(march));
    } finally {
      await mirror.close();
    }
  });
});
