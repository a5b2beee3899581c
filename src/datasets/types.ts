import type { MonthString } from '../contract.ts';

/** The PostgreSQL types that a column of a data set may have. */
export type ColumnType = 'integer' | 'bigint' | 'double precision' | 'text' | 'timestamp';

/** One column of the target table, under the lower-cased name of the source. */
export interface Column {
  name: string;
  type: ColumnType;
}

/**
 * One way in which a data set's files were written. A header fits a layout when it holds exactly the layout's
 * names, in any order; each name maps to the column it fills.
 */
export interface CsvLayout {
  format: 'csv';
  /** What people call it, such as `2019 and later`. */
  name: string;
  /** Header name, spelled as in the file, to column name. */
  columns: Readonly<Record<string, string>>;
}

/** Where a data set's files come from. */
export interface Source {
  format: 'csv';
  /** `http:`, `https:` or `file:` with `{dataset}` and `{month}`. */
  urlTemplate: string;
  /** Hosts that the source redirects to, besides the template's own. */
  redirectHosts: readonly string[];
}

/** A data set of one file a month: what it is, and nothing of how it is loaded. */
export interface Dataset {
  name: string;
  /** What it holds, in one line. */
  title: string;
  /** Target table in schema public. */
  table: string;
  /** First month that was ever published. */
  firstMonth: MonthString;
  /** Every column of the source, in the source's order. */
  columns: readonly Column[];
  /** The timestamp column that decides which month a row belongs to. */
  pickupColumn: string;
  /** The columns that tell one trip from another; they include the pickup column. */
  naturalKey: readonly string[];
  layouts: readonly CsvLayout[];
  sources: readonly Source[];
}
