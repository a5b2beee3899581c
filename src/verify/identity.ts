/** A row's identity as documented (ARCHITECTURE.md), computed without the code and the database that loads use. */
import type { ColumnType, Dataset } from '../datasets/index.ts';
import { scratchColumn } from './columns.ts';

/** Microseconds from 1970 to 2000, where PostgreSQL's time begins. */
const EPOCH_US = 946_684_800_000_000;

const bytes = (number: string) => `(${number})::BIT::BLOB`;
const pattern = (hex: string) => `unhex('${hex}')`;

/** NULL is a pattern that no value of the type has; numbers are written with the most significant byte first. */
const bytesOf: Record<ColumnType, (column: string) => string> = {
  integer: (column) => `coalesce(${bytes(`${column}::BIGINT`)}, ${pattern('7FFFFFFFFFFFFFFF')})`,
  timestamp: (column) =>
    `coalesce(${bytes(`epoch_us(${column}) - ${EPOCH_US}`)}, ${pattern('8000000000000001')})`,
  'double precision': (column) =>
    `case when isnan(${column}) then ${pattern('7FF8000000000000')} else coalesce(${bytes(`${column} + 0`)}, ${pattern('7FF0000000000001')}) end`,
  bigint: (column) => `coalesce(${pattern('01')} || ${bytes(column)}, ${pattern('00')})`,
  text: (column) =>
    `coalesce(${bytes(`octet_length(encode(${column}))::INTEGER`)} || encode(${column}), ${pattern('FFFFFFFF')})`,
};

/** The columns that rows of one identity share. */
export function keyColumns(dataset: Dataset): string[] {
  return [...dataset.naturalKey, ...(dataset.formerKey ?? [])].map((name) => scratchColumn(dataset, name));
}

/**
 * The identity of a row with these key columns as an SQL expression of DuckDB, `occurrence` being 0 for the first of the
 * rows that share them.
 */
export function identityOf(dataset: Dataset, occurrence: string): string {
  const bytesOfKey = (names: readonly string[]) =>
    names.flatMap((name) => {
      const type = dataset.columns.find((column) => column.name === name)?.type;
      return type === undefined ? [] : [bytesOf[type](scratchColumn(dataset, name))];
    });
  const { naturalKey, formerKey = [] } = dataset;
  const parts = bytesOfKey(naturalKey);
  if (formerKey.length > 0) {
    const isNone = formerKey.map((name) => `${scratchColumn(dataset, name)} is null`).join(' and ');
    const former = [pattern('FF'), ...bytesOfKey(formerKey)].join(' || ');
    parts.push(`case when ${isNone} then ''::BLOB else ${former} end`);
  }
  const key = parts.join(' || ');
  return `sha256(case when ${occurrence} = 0 then ${key} else ${key} || ${bytes(`${occurrence}::BIGINT`)} end)`;
}
