/** A row's identity as documented (ARCHITECTURE.md), computed without the code and the database that loads use. */
import type { ColumnType, Dataset } from '../datasets/index.ts';
import { scratchColumn } from './columns.ts';

/** Microseconds from 1970 to 2000, where PostgreSQL's time begins. */
const EPOCH_US = 946_684_800_000_000;

const bytes = (number: string) => `(${number})::BIT::BLOB`;
const pattern = (hex: string) => `unhex('${hex}')`;

/** Eight bytes a value, most significant first; NULL is a pattern that no value of the type has. */
const bytesOf: Partial<Record<ColumnType, (column: string) => string>> = {
  integer: (column) => `coalesce(${bytes(`${column}::BIGINT`)}, ${pattern('7FFFFFFFFFFFFFFF')})`,
  timestamp: (column) =>
    `coalesce(${bytes(`epoch_us(${column}) - ${EPOCH_US}`)}, ${pattern('8000000000000001')})`,
  'double precision': (column) =>
    `case when isnan(${column}) then ${pattern('7FF8000000000000')} else coalesce(${bytes(`${column} + 0`)}, ${pattern('7FF0000000000001')}) end`,
};

/**
 * The identity of a row with these key columns as an SQL expression of DuckDB, `occurrence` being 0 for the first of the
 * rows that share them; undefined where a key column has a type that is not known here.
 */
export function identityOf(dataset: Dataset, occurrence: string): string | undefined {
  const parts = dataset.naturalKey.map((name) => {
    const type = dataset.columns.find((column) => column.name === name)?.type;
    return type === undefined ? undefined : bytesOf[type]?.(scratchColumn(dataset, name));
  });
  if (dataset.formerKey !== undefined || parts.some((part) => part === undefined)) return undefined;
  const key = parts.join(' || ');
  return `sha256(case when ${occurrence} = 0 then ${key} else ${key} || ${bytes(`${occurrence}::BIGINT`)} end)`;
}
