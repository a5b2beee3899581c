/** Parquet files made by DuckDB, of whatever types a test needs. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { greenHeader, greenTrip, type TripRow } from './trip-csv.ts';

/** The Parquet file of a query's result. */
export async function parquetOf(query: string, options = ''): Promise<Buffer> {
  const directory = await mkdtemp(join(tmpdir(), 'fareflow-parquet-'));
  const path = join(directory, 'made.parquet');
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  try {
    const connection = await instance.connect();
    await connection.run(`copy (${query}) to '${path}' (format parquet${options})`);
    connection.closeSync();
    return await readFile(path);
  } finally {
    instance.closeSync();
    await rm(directory, { recursive: true });
  }
}

/** The types of a green file of 2020. */
const greenTypes: Readonly<Record<string, string>> = {
  VendorID: 'bigint',
  lpep_pickup_datetime: 'timestamp',
  lpep_dropoff_datetime: 'timestamp',
  store_and_fwd_flag: 'varchar',
  RatecodeID: 'double',
  PULocationID: 'bigint',
  DOLocationID: 'bigint',
  passenger_count: 'double',
  payment_type: 'double',
  trip_type: 'double',
};

/** An SQL expression in place of a column's value. */
export interface Sql {
  sql: string;
}

/** Values by the file's names; those left out are an ordinary trip's. */
export type ParquetTrip = Readonly<Record<string, TripRow[string] | Sql>>;

/** A query for green trips; a type may be given for each column, and columns that the data set does not have. */
export function greenQuery(
  trips: readonly ParquetTrip[],
  types: Readonly<Record<string, string>> = {},
  without: readonly string[] = [],
): string {
  const names = [...new Set([...greenHeader, ...Object.keys(types)])].filter(
    (name) => !without.includes(name),
  );
  return trips
    .map((trip) => {
      const row: ParquetTrip = { ...greenTrip('2021-03-01 10:00:00'), ...trip };
      const values = names.map((name) => {
        const value = row[name] ?? null;
        const sql = value === null ? 'null' : typeof value === 'object' ? value.sql : `'${value}'`;
        return `cast(${sql} as ${types[name] ?? greenTypes[name] ?? 'double'}) as "${name}"`;
      });
      return `select ${values.join(', ')}`;
    })
    .join(' union all ');
}
