/** The Parquet files that the benchmark loads, each one row group, as the TLC publishes them. */
import { mkdir, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { getDataset } from '../src/datasets/index.ts';
import { getColumn } from '../src/database/columns.ts';
import { headers } from '../src/mirror/csv-row.ts';
import { prepareFiles } from './files.ts';
import { rewriteAsArrow } from './rewrite-parquet.ts';

/** Where generated files are, and the template that finds them. */
const directory = resolve('.fareflow', 'bench', 'parquet');
export const parquetTemplate = `file://${directory}/{dataset}_tripdata_{month}.parquet`;

/** The types of the TLC's files of 2023 and later, where they are not the table's. */
const PUBLISHED_TYPES: Readonly<Record<string, string>> = {
  passenger_count: 'bigint',
  RatecodeID: 'bigint',
  payment_type: 'bigint',
};

/** Makes yellow months of so many rows, each as CSV and, the same rows, as Parquet. */
export async function prepareYellow(
  months: readonly string[],
  rows: number,
): Promise<{ month: string; csv: string }[]> {
  const files = await prepareFiles(months, rows, months.length);
  const yellow = getDataset('yellow');
  const types = headers.yellow
    .split(',')
    .map((name) => [name, PUBLISHED_TYPES[name] ?? getColumn(yellow, name.toLowerCase()).type] as const)
    .map(([name, type]) => `'${name}': '${type === 'double precision' ? 'double' : type}'`)
    .join(', ');
  for (const { month, csv } of files.months) {
    const rows = `read_csv('${csv}', header = true, types = {${types}})`;
    await make('yellow', month, `select *, cast(null as double) as airport_fee from ${rows}`);
  }
  return files.months;
}

/** Makes an fhvhv month of so many rows, all different. */
export async function prepareFhvhv(month: string, rows: number): Promise<void> {
  const start = `timestamp '${month}-01 00:00:00'`;
  const seconds = (more: number) => `to_seconds(i * 2400000 // ${rows} + ${more})`;
  await make(
    'fhvhv',
    month,
    `select if(i % 4 = 0, 'HV0005', 'HV0003') as hvfhs_license_num,
       if(i % 4 = 0, 'B03406', 'B03404') as dispatching_base_num,
       if(i % 4 = 0, null, 'B03404') as originating_base_num,
       ${start} + ${seconds(0)} as request_datetime, ${start} + ${seconds(200)} as on_scene_datetime,
       ${start} + ${seconds(240)} as pickup_datetime,
       ${start} + ${seconds(240)} + to_seconds(300 + i % 1800) as dropoff_datetime,
       (1 + i % 263)::integer as "PULocationID", (1 + i // 263 % 263)::integer as "DOLocationID",
       (hash(i) % 20000 / 1000)::double as trip_miles, (300 + i % 1800)::bigint as trip_time,
       (hash(i + 1) % 8000 / 100)::double as base_passenger_fare, if(i % 20 = 0, 6.94, 0)::double as tolls,
       (hash(i + 2) % 300 / 100)::double as bcf, (hash(i + 3) % 800 / 100)::double as sales_tax,
       if(i % 3 = 0, 2.75, 0)::double as congestion_surcharge, if(i % 15 = 0, 2.5, 0)::double as airport_fee,
       if(i % 6 = 0, hash(i + 4) % 1500 / 100, 0)::double as tips,
       (hash(i + 5) % 6000 / 100)::double as driver_pay, 'N' as shared_request_flag, 'N' as shared_match_flag,
       ' ' as access_a_ride_flag, 'N' as wav_request_flag, if(i % 13 = 0, 'Y', 'N') as wav_match_flag
     from range(${rows}) as trips(i)`,
  );
}

async function make(dataset: string, month: string, query: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  const path = join(directory, `${dataset}_tripdata_${month}.parquet`);
  process.stderr.write(`generating ${path}\n`);
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  try {
    const connection = await instance.connect();
    await connection.run(`copy (${query}) to '${path}.rows' (format parquet)`);
    connection.closeSync();
  } finally {
    instance.closeSync();
  }
  // DuckDB makes pages as long as its row groups; Arrow, with which the TLC writes, pages of 1 MB.
  await rewriteAsArrow(`${path}.rows`, `${path}.part`);
  await rm(`${path}.rows`);
  await rename(`${path}.part`, path);
}
