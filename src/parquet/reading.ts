/** How a file's columns fill the table's: one reading serves the copy, the search for bad rows, and what is left then. */
import type { Json } from '@duckdb/node-api';
import type { Column } from '../datasets/index.ts';
import { liesInMonth } from '../datasets/period.ts';
import { type Conversion, convert, type ValueCheck } from './conversion.ts';
import type { ParquetColumn } from './footer.ts';
import type { ParquetFile } from './open-parquet.ts';

/** A column of the file and the column of the table that it fills. */
export interface ColumnPair {
  source: ParquetColumn;
  target: Column;
  /** Whether it says which month a row belongs to, so that no row can do without. */
  isPickup: boolean;
}

/** The statements that read a file's rows as the table wants them. */
export interface Reading {
  /** Every column of the file. */
  columns: readonly ParquetColumn[];
  pairs: readonly ColumnPair[];
  /** Every row: the values, and the number of the first check that it fails, NULL if it fails none. */
  allRows: string;
  /** Likewise, only the rows that fail no check. */
  goodRows: string;
  /** One row: how many rows fail a check. */
  countBadRows: string;
  /** The rows that fail a check, in the file's order: number from 1, number of the check, values of all columns. */
  badRows: string;
  /** By number: the column that a check is about, and what is wrong there. */
  checks: readonly { pair: ColumnPair; reason: string }[];
}

/** A row that does not fit, as the statement `badRows` finds it. */
export interface MisfitRow {
  /** The row, from 1. */
  line: number;
  /** The target column that it does not fit into. */
  column: string;
  value: string | null;
  reason: string;
  /** The whole row as JSON. */
  raw: string;
}

/** What a pickup must be beyond its type, for its row to be found again when its month is loaded. */
const pickupChecks = (value: string): ValueCheck[] => [
  { fails: `${value} is null`, reason: 'there is no value, so that the row belongs to no month' },
  {
    fails: `not (${liesInMonth(value)})`,
    reason: 'lies in no month of the years 1 to 9999',
  },
];

/** The reading of a file; or the pairs of columns whose types have no values in common. */
export function planReading(
  file: ParquetFile,
  columns: readonly ParquetColumn[],
  pairs: readonly ColumnPair[],
): Reading | { misfits: ColumnPair[] } {
  const conversions = pairs.map(({ source, target }) => convert(source, target.type));
  const misfits = pairs.filter((_, i) => conversions[i] === undefined);
  if (misfits.length > 0) return { misfits };
  const checked = (conversions as Conversion[]).flatMap(({ value, checks }, i) => {
    const pair = pairs[i] as ColumnPair;
    return [...checks, ...(pair.isPickup ? pickupChecks(value) : [])].map(({ fails, reason }) => ({
      pair,
      fails,
      reason,
    }));
  });
  const cases = checked.map(({ fails }, number) => `when ${fails} then ${number}`).join(' ');
  const problem = checked.length === 0 ? 'cast(null as integer)' : `cast(case ${cases} end as integer)`;
  const allRows = `select ${[...(conversions as Conversion[]).map(({ value }) => value), problem].join(', ')} from ${file.from}`;
  const all = columns.map(({ sql }) => sql).join(', ');
  return {
    columns,
    pairs,
    allRows,
    goodRows: `${allRows} where ${problem} is null`,
    countBadRows: `select count(*) as bad from ${file.from} where ${problem} is not null`,
    // DuckDB's own number of a row goes by a name that a column of the file may have.
    badRows: `select row_number() over (), ${problem}, ${all} from ${file.from} qualify ${problem} is not null`,
    checks: checked.map(({ pair, reason }) => ({ pair, reason })),
  };
}

/** How much of a value a reason shows. */
const SHOWN_CHARACTERS = 100;

/** Explains a row of the result of `badRows`. */
export function explainMisfit({ checks, columns }: Reading, [row, check, ...values]: Json[]): MisfitRow {
  const { pair, reason } = checks[Number(check)] as Reading['checks'][number];
  const named = columns.map(({ name, type }, i) => [name, asNumber(values[i] ?? null, type)] as const);
  const value = asNumber(values[columns.indexOf(pair.source)] ?? null, pair.source.type);
  const text = JSON.stringify(value);
  const shown = text.length <= SHOWN_CHARACTERS ? text : `${text.slice(0, SHOWN_CHARACTERS)}…`;
  return {
    line: Number(row),
    column: pair.target.name,
    value: value === null || typeof value === 'string' ? value : text,
    reason: value === null ? reason : `${shown} ${reason}`,
    raw: JSON.stringify(Object.fromEntries(named)),
  };
}

/** DuckDB writes a large integer as a text, since not every one is a number in JavaScript. */
function asNumber(value: Json, type: string): Json {
  const number = type === 'BIGINT' || type === 'UBIGINT' ? Number(value) : NaN;
  return value !== null && Number.isSafeInteger(number) ? number : value;
}
