/**
 * The identity of a row: SHA-256 over the natural key's columns in their binary form.
 *
 * Every value says itself where it ends, so two different keys never concatenate to the same bytes; NULL is a value
 * that the column's own type cannot hold; and every function used is immutable, so that PostgreSQL can compute the
 * identity while it copies (a stored generated column). Negative zero is added to zero, which makes it zero.
 */
import type { ColumnType, Dataset } from '../datasets/index.ts';
import { getColumn } from './columns.ts';
import { ident } from './sql.ts';

const bytesOf: Record<ColumnType, (column: string) => string> = {
  integer: (column) => `coalesce(int8send(${column}), '\\x7fffffffffffffff'::bytea)`,
  timestamp: (column) => `coalesce(timestamp_send(${column}), '\\x8000000000000001'::bytea)`,
  'double precision': (column) => `coalesce(float8send(${column} + 0), '\\x7ff0000000000001'::bytea)`,
  // Every eight bytes are a bigint.
  bigint: (column) => `coalesce('\\x01'::bytea || int8send(${column}), '\\x00'::bytea)`,
  // The functions that are made for it are merely stable. A text of no length has a length too.
  text: (column) =>
    `coalesce(int4send(octet_length(${column})) || decode(replace(${column}, '\\', '\\\\'), 'escape'), '\\xffffffff'::bytea)`,
};

/** Begins what the former key adds; an occurrence begins with zero. */
const FORMER = "'\\xff'::bytea";

/**
 * The SQL expression of a row's identity, its columns behind `alias.` where one is given. Rows that share a natural key
 * but differ elsewhere are different published records: the n-th of them has `occurrence` n (a bigint expression)
 * behind its key; the first has none.
 */
export function identityExpression(dataset: Dataset, occurrence?: string, alias?: string): string {
  const sqlOf = (name: string) => (alias === undefined ? ident(name) : `${alias}.${ident(name)}`);
  const bytes = (name: string) => bytesOf[getColumn(dataset, name).type](sqlOf(name));
  const parts = dataset.naturalKey.map(bytes);
  const { formerKey = [] } = dataset;
  if (formerKey.length > 0) {
    const isNone = formerKey.map((name) => `${sqlOf(name)} is null`).join(' and ');
    const former = [FORMER, ...formerKey.map(bytes)].join(' || ');
    parts.push(`case when ${isNone} then ''::bytea else ${former} end`);
  }
  if (occurrence !== undefined) parts.push(`int8send(${occurrence})`);
  return `sha256(${parts.join(' || ')})`;
}
