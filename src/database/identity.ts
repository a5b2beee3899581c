/**
 * The identity of a row: SHA-256 over the natural key's columns in their binary form.
 *
 * Every value takes eight bytes, so two different keys never concatenate to the same bytes; NULL is a value that
 * the column's own type cannot hold; and every function used is immutable, so that PostgreSQL can compute the
 * identity while it copies (a stored generated column). Negative zero is added to zero, which makes it zero.
 */
import type { ColumnType, Dataset } from '../datasets/index.ts';
import { getColumn } from './columns.ts';
import { ident } from './sql.ts';

type KeyType = Exclude<ColumnType, 'text' | 'bigint'>;

const bytesOf: Record<KeyType, (column: string) => string> = {
  integer: (column) => `coalesce(int8send(${column}), '\\x7fffffffffffffff'::bytea)`,
  timestamp: (column) => `coalesce(timestamp_send(${column}), '\\x8000000000000001'::bytea)`,
  'double precision': (column) => `coalesce(float8send(${column} + 0), '\\x7ff0000000000001'::bytea)`,
};

function isKeyType(type: ColumnType): type is KeyType {
  return type in bytesOf;
}

/**
 * The SQL expression of a row's identity. Rows that share a natural key but differ elsewhere are different
 * published records: the n-th of them has `occurrence` n (a bigint expression) behind its key; the first has none.
 */
export function identityExpression(dataset: Dataset, occurrence?: string): string {
  const parts = dataset.naturalKey.map((name) => {
    const { type } = getColumn(dataset, name);
    if (!isKeyType(type)) {
      throw new RangeError(`${name} of ${dataset.name} is ${type}, which cannot be part of a natural key`);
    }
    return bytesOf[type](ident(name));
  });
  if (occurrence !== undefined) parts.push(`int8send(${occurrence})`);
  return `sha256(${parts.join(' || ')})`;
}
