import type { MonthString, SourceFormat } from '../contract.ts';

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
export interface Layout {
  format: SourceFormat;
  /** What people call it, such as `2019 and later`. */
  name: string;
  /** Header name, spelled as in the file but for spaces around it, to column name. */
  columns: Readonly<Record<string, string>>;
  /** Header names that a file of this layout may lack; their columns are NULL then. */
  optional?: readonly string[];
  /** Header names that say nothing of a trip and fill no column, such as `__index_level_0__`. */
  ignored?: readonly string[];
  /** CSV: the most fields without a name, all of them empty, that a row may have at its end. */
  surplusFields?: number;
}

/** Where a data set's files come from. */
export interface Source {
  format: SourceFormat;
  /** `http:`, `https:` or `file:` with `{dataset}` and `{month}`. */
  urlTemplate: string;
  /** Hosts that the source redirects to, besides the template's own. */
  redirectHosts: readonly string[];
  /** The months that `auto` takes from here; every month by default. */
  months?: { from?: MonthString; to?: MonthString };
  /** Before this month it never had a file. */
  firstMonth?: MonthString;
}

/** A count of rows after the load, held against a threshold. */
export interface Check {
  /** What it counts, in words. */
  name: string;
  /**
   * The rows that count: NULL in a column (of several: in each of them), or outside the file's month. A row without a
   * pickup is a bad row, so in the pickup column those count that were set aside because of it.
   */
  counts: { nullIn: string | readonly string[] } | 'outsideMonth';
  /** The greatest share of the file's rows that passes, 0 to 1. */
  atMost: number;
  onViolation: 'warn' | 'abort';
}

/** How much of a data set one file holds: that of a month, a week (ISO 8601) or a day, or all of it. */
export type Period = 'month' | 'week' | 'day' | 'whole';

/** A data set of one file a period: what it is, and nothing of how it is loaded. */
export interface Dataset {
  name: string;
  /** What it holds, in one line. */
  title: string;
  /** What one file holds, a month by default. What is said of months holds for the other periods too. */
  period?: Period;
  /** Whether it came with the load's input: its sources vouch for nothing, and its table is made by its first load. */
  isOwn?: boolean;
  /** Target table in schema public. */
  table: string;
  /** First month that was ever published; `all` where one file holds everything. */
  firstMonth: MonthString;
  /**
   * Every column that any layout fills: those of the layout current when the data set was added, in its order, and
   * behind them what other layouts have besides. New ones are added at the end, where a table gets them too.
   */
  columns: readonly Column[];
  /** The timestamp column that decides which month a row belongs to; none where one file holds everything. */
  pickupColumn?: string;
  /** The columns that tell one trip from another; they include the pickup column, if there is one. */
  naturalKey: readonly string[];
  /**
   * Columns of earlier layouts that take part in the key where any of them has a value, such as coordinates in place
   * of zones. Rows without them have the identity that the natural key alone gives.
   */
  formerKey?: readonly string[];
  /** What becomes of rows that are equal in every column: one stays (the default), or all do. */
  repeats?: 'dropped' | 'kept';
  layouts: readonly Layout[];
  /** In order of preference. */
  sources: readonly Source[];
  checks?: readonly Check[];
}
