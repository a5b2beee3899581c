/** How a data set's columns are called in the scratch database: by number, so that no name can get in the way. */
import type { ColumnType, Dataset } from '../datasets/index.ts';

const TYPES: Record<ColumnType, string> = {
  integer: 'INTEGER',
  bigint: 'BIGINT',
  'double precision': 'DOUBLE',
  text: 'VARCHAR',
  timestamp: 'TIMESTAMP',
};

/** DuckDB's name for a column's type. */
export function duckdbType(type: ColumnType): string {
  return TYPES[type];
}

/** The scratch column of a data set's column. */
export function scratchColumn(dataset: Dataset, name: string): string {
  return `c${dataset.columns.findIndex((column) => column.name === name)}`;
}

/** The scratch columns of a data set, in its own order. */
export function scratchColumns(dataset: Dataset): string[] {
  return dataset.columns.map((_, i) => `c${i}`);
}
