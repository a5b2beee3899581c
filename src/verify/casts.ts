/** From what stands in a file to a column's type, in DuckDB's SQL. */
import type { ColumnType } from '../datasets/index.ts';
import { duckdbType } from './columns.ts';

/** The value of a column as an expression, and the condition under which there is one that does not fit. */
export interface Cast {
  value: string;
  isBad: string;
}

/** How spreadsheets in America write times; PostgreSQL reads them while a file is loaded. */
const AMERICAN_TIMES = [
  '%m/%d/%Y %H:%M:%S',
  '%m/%d/%Y %H:%M',
  '%m/%d/%Y %I:%M:%S %p',
  '%m/%d/%Y %I:%M %p',
  '%m/%d/%Y',
];

/** A CSV field; an empty one is NULL, for text too. */
export function fromText(field: string, type: ColumnType): Cast {
  if (type === 'text') return { value: `nullif(${field}, '')`, isBad: 'false' };
  const filled = `nullif(trim(${field}), '')`;
  const value = castText(filled, type);
  return { value, isBad: `(${filled} is not null and (${value}) is null)` };
}

function castText(filled: string, type: ColumnType): string {
  if (isWhole(type)) return wholeFromText(filled, type);
  const value = `try_cast(${filled} as ${duckdbType(type)})`;
  if (type !== 'timestamp') return value;
  const formats = AMERICAN_TIMES.map((format) => `'${format}'`).join(', ');
  return `coalesce(${value}, try_strptime(${filled}, [${formats}]))`;
}

/** Files of 2021 write 1 as 1.0; DuckDB itself would round 1.5, and take 1e3, which PostgreSQL does not. */
function wholeFromText(field: string, type: ColumnType): string {
  const cast = (digits: string) => `try_cast(${digits} as ${duckdbType(type)})`;
  return `case
    when contains(${field}, '.') then
      case when regexp_full_match(${field}, '[+-]?\\d+\\.0+') then ${cast(`split_part(${field}, '.', 1)`)} end
    when not contains(lower(${field}), 'e') then ${cast(field)} end`;
}

/** A Parquet column of DuckDB's type `from`; months of one data set differ in their types. */
export function fromParquet(column: string, from: string, type: ColumnType): Cast {
  if (from === 'VARCHAR') return fromText(column, type);
  if (from === 'BLOB' && type === 'text') return fromText(`try(decode(${column}))`, type);
  const value = valueOf(column, from, type);
  return { value, isBad: `(${column} is not null and (${value}) is null)` };
}

function valueOf(column: string, from: string, type: ColumnType): string {
  if (isWhole(type) && /^(DOUBLE|FLOAT|DECIMAL)/.test(from)) return wholeOf(column, type);
  if (type === 'text' && /^(DOUBLE|FLOAT)/.test(from)) {
    return `coalesce((${wholeOf(column, 'bigint')})::VARCHAR, ${column}::VARCHAR)`;
  }
  // Times of an instant are New York's wall time all the same; casting them would need a time zone.
  if (type === 'timestamp' && from === 'TIMESTAMP WITH TIME ZONE')
    return `make_timestamp(epoch_us(${column}))`;
  // PostgreSQL's times end at microseconds.
  if (type === 'timestamp' && from === 'TIMESTAMP_NS') {
    return `case when epoch_ns(${column}) % 1000 = 0 then ${column}::TIMESTAMP end`;
  }
  return `try_cast(${column} as ${duckdbType(type)})`;
}

function isWhole(type: ColumnType): boolean {
  return type === 'integer' || type === 'bigint';
}

function wholeOf(number: string, type: ColumnType): string {
  return `case when ${number} = trunc(${number}) then try_cast(${number} as ${duckdbType(type)}) end`;
}
