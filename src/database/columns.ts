import type { Column, Dataset } from '../datasets/index.ts';
import { ident } from './sql.ts';

/** The columns that fareflow puts before the source's own. */
export const auditColumns = ['unique_row_id', 'load_id', 'created_at', 'updated_at'] as const;

/** The names of all columns of a target table, in order. */
export function tableColumns(dataset: Dataset): string[] {
  return [...auditColumns, ...sourceColumns(dataset)];
}

/** The names of the source's columns, in order. */
export function sourceColumns(dataset: Dataset): string[] {
  return dataset.columns.map((column) => column.name);
}

/** The source's columns that are not part of the natural key; where that holds them all, all of them. */
export function nonKeyColumns(dataset: Dataset): string[] {
  const rest = sourceColumns(dataset).filter((name) => !dataset.naturalKey.includes(name));
  return rest.length > 0 ? rest : sourceColumns(dataset);
}

/** The columns of the target's primary key: the identity, behind the pickup that decides the partition. */
export function primaryKey(dataset: Dataset): string[] {
  const { pickupColumn } = dataset;
  return [...(pickupColumn === undefined ? [] : [pickupColumn]), 'unique_row_id'];
}

/** The column that decides which month a row belongs to; only a data set that is one file has none. */
export function pickupOf(dataset: Dataset): string {
  if (dataset.pickupColumn === undefined) throw new RangeError(`${dataset.name} is divided by no column`);
  return dataset.pickupColumn;
}

/** The source's columns as DDL; the pickup is part of the primary key and so never NULL. */
export function sourceColumnDefinitions(dataset: Dataset): string[] {
  return dataset.columns.map(
    (column) => `${columnDefinition(column)}${column.name === dataset.pickupColumn ? ' not null' : ''}`,
  );
}

/** A column as DDL. */
export function columnDefinition({ name, type }: Column): string {
  return `${ident(name)} ${type}`;
}

/** The column of that name; a data set's key and pickup columns are always among its columns. */
export function getColumn(dataset: Dataset, name: string): Column {
  const column = dataset.columns.find((candidate) => candidate.name === name);
  if (column === undefined) throw new RangeError(`the data set ${dataset.name} has no column ${name}`);
  return column;
}
