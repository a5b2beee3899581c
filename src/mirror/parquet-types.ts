import { getDataset } from '../datasets/index.ts';
import type { TripFilePlan } from './trip-file-options.ts';
import { namesOf } from './written-layout.ts';

/** Since then the TLC writes its files with another program, and other types. */
const REWRITTEN = '2023-02';

/** The types, as DuckDB calls them, that a file's columns had in its month. */
export function parquetTypes(plan: TripFilePlan): [name: string, type: string][] {
  return namesOf(plan.written).map(([name, column]) => [name, typeOf(plan, column ?? '')]);
}

function typeOf({ dataset, month, written }: TripFilePlan, column: string): string {
  const isFirstYears = written.layout.name === '2009' || written.layout.name === '2010';
  switch (column) {
    case 'vendorid':
    case 'pulocationid':
    case 'dolocationid':
      if (dataset === 'fhv') return month < REWRITTEN ? 'DOUBLE' : 'BIGINT';
      return month < REWRITTEN ? 'BIGINT' : 'INTEGER';
    case 'ratecodeid':
      if (isFirstYears) return written.layout.name === '2009' ? 'DOUBLE' : 'VARCHAR';
      return codeType(dataset, month);
    case 'passenger_count':
      return isFirstYears ? 'BIGINT' : codeType(dataset, month);
    case 'payment_type':
      return dataset === 'yellow' ? 'BIGINT' : codeType(dataset, month);
    case 'trip_type':
      return codeType(dataset, month);
    case 'store_and_fwd_flag':
      return written.layout.name === '2009' ? 'DOUBLE' : 'VARCHAR';
    case 'tpep_pickup_datetime':
    case 'tpep_dropoff_datetime':
      return isFirstYears ? 'VARCHAR' : 'TIMESTAMP';
    // Of no type, which is a four-byte integer on disk, while they were empty.
    case 'ehail_fee':
      return month < REWRITTEN ? 'INTEGER' : 'DOUBLE';
    case 'congestion_surcharge':
      return month < '2019-01' ? 'INTEGER' : 'DOUBLE';
    case 'airport_fee':
      return month < '2020-11' ? 'INTEGER' : 'DOUBLE';
    case 'wav_match_flag':
      return month < '2020-01' ? 'INTEGER' : 'VARCHAR';
    case 'sr_flag':
      return 'INTEGER';
    default:
      return plainType(dataset, column);
  }
}

/** Codes became decimal numbers when the first of them were missing. */
function codeType(dataset: TripFilePlan['dataset'], month: string): string {
  const firstMissing = dataset === 'yellow' ? '2018-07' : '2014-01';
  return month >= firstMissing && month < REWRITTEN ? 'DOUBLE' : 'BIGINT';
}

const plainTypes = {
  integer: 'INTEGER',
  bigint: 'BIGINT',
  'double precision': 'DOUBLE',
  text: 'VARCHAR',
  timestamp: 'TIMESTAMP',
} as const;

function plainType(dataset: TripFilePlan['dataset'], column: string): string {
  const type = getDataset(dataset).columns.find(({ name }) => name === column)?.type;
  return plainTypes[type ?? 'text'];
}

/** How the TLC packed a month's Parquet file. */
export function parquetCodec({ month }: TripFilePlan): 'GZIP' | 'ZSTD' {
  return month < REWRITTEN ? 'GZIP' : 'ZSTD';
}
