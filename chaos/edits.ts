/** Changes of single rows. */
import type { Dataset } from '../src/datasets/index.ts';
import type { FileText } from './texts.ts';

/** Columns that are no part of a key, the first of which a file has. */
const CHANGEABLE = ['tip_amount', 'driver_pay', 'sr_flag', 'metres', 'zone'];

/** The row with another value where its file has a column that is no part of any key. */
export function changed({ columns }: FileText, row: string, lot: number): string {
  const name = CHANGEABLE.find((candidate) => columns.includes(candidate));
  if (name === undefined) return row;
  // A flag that is a whole number in Parquet.
  const value = name === 'sr_flag' ? String((lot % 7) + 1) : String(1_000 + lot / 100);
  return withField(row, columns.indexOf(name), value);
}

/** The row with a number that does not fit its column, or without the moment that it belongs to. */
export function spoiltRow(dataset: Dataset, { columns, types }: FileText, row: string, lot: number): string {
  const pickup = dataset.pickupColumn === undefined ? -1 : columns.indexOf(dataset.pickupColumn);
  for (const [i, name] of columns.entries()) {
    if (lot % 3 === 0 && pickup >= 0) break;
    if (dataset.columns.find((column) => column.name === name)?.type !== 'integer') continue;
    const bad = BAD_NUMBERS[types[i]?.[1] ?? 'VARCHAR'];
    if (bad !== undefined) return withField(row, i, bad);
  }
  return pickup < 0 ? row : withField(row, pickup, '');
}

/** What a whole number cannot be, by the type that the file has in its place. */
const BAD_NUMBERS: Readonly<Record<string, string>> = {
  VARCHAR: 'many',
  DOUBLE: '1.5',
  BIGINT: '3000000000',
};

/**
 * The row with another value in one field. No field of a generated row holds a comma, but for quoted ones of names, which
 * stand behind whatever is changed.
 */
export function withField(row: string, place: number, value: string): string {
  return row
    .split(',')
    .map((field, i) => (i !== place ? field : field.startsWith('"') ? `"${value}"` : value))
    .join(',');
}
