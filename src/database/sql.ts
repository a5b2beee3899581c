import pg from 'pg';
import type { Dataset } from '../datasets/index.ts';
import type { MonthString } from '../contract.ts';
import { partitionSuffix } from '../datasets/period.ts';

/** The longest identifier that PostgreSQL keeps whole (NAMEDATALEN - 1), in bytes. */
const MAX_IDENTIFIER_BYTES = 63;

/** Schema of the target tables. */
export const TARGET_SCHEMA = 'public';
/** Schema of the staging tables, one or two a running load. */
export const STAGING_SCHEMA = 'fareflow_staging';

/** A table by schema and name. */
export interface TableName {
  schema: string;
  name: string;
}

/**
 * An identifier, quoted. Refuses what cannot be one, and one that PostgreSQL would cut, since two cut names could be the
 * same table.
 */
export function ident(name: string): string {
  if (name === '' || name.includes('\0')) {
    throw new RangeError(`${JSON.stringify(name)} cannot be a name in PostgreSQL`);
  }
  if (Buffer.byteLength(name) > MAX_IDENTIFIER_BYTES) {
    throw new RangeError(`the name ${name} is longer than PostgreSQL's ${MAX_IDENTIFIER_BYTES} bytes`);
  }
  return pg.escapeIdentifier(name);
}

/** A text literal, quoted; for the statements that take no parameters (DDL). Refuses what no text may hold. */
export function literal(text: string): string {
  // The statement would end there, and the error say nothing of it.
  if (text.includes('\0')) throw new RangeError('a text in PostgreSQL cannot hold the character U+0000');
  return pg.escapeLiteral(text);
}

/** A table's qualified name, quoted. */
export function qualified(table: TableName): string {
  return `${ident(table.schema)}.${ident(table.name)}`;
}

/** Column names as a quoted list, each behind `alias.` where one is given. */
export function columnList(names: readonly string[], alias?: string): string {
  return names.map((name) => (alias === undefined ? ident(name) : `${alias}.${ident(name)}`)).join(', ');
}

/** The table of a data set. */
export function targetTable(dataset: Dataset): TableName {
  return { schema: TARGET_SCHEMA, name: dataset.table };
}

/** The partition that holds the rows of months which have no partition of their own. */
export function defaultPartition(dataset: Dataset): TableName {
  return { schema: TARGET_SCHEMA, name: `${dataset.table}_default` };
}

/** The partition of one month, `green_tripdata_2021_03`, or the table itself if it is not divided. */
export function monthPartition(dataset: Dataset, month: MonthString): TableName {
  if (dataset.pickupColumn === undefined) return targetTable(dataset);
  return { schema: TARGET_SCHEMA, name: `${dataset.table}_${partitionSuffix(month)}` };
}

/** The staging table of one load, `green_2021_03_l17`: its load id makes it nobody else's. */
export function stagingTable(dataset: Dataset, month: MonthString, loadId: number): TableName {
  return { schema: STAGING_SCHEMA, name: `${dataset.name}_${partitionSuffix(month)}_l${loadId}` };
}

/** The rows of a file that did not fit, set aside beside its staging table. */
export function rejectedTable(staging: TableName): TableName {
  return { schema: staging.schema, name: `${staging.name}_rejected` };
}

/** Where a file's fields wait as text to be looked at one by one, beside its staging table. */
export function textTable(staging: TableName): TableName {
  return { schema: staging.schema, name: `${staging.name}_text` };
}

/** The rows of a staging table whose pickup lies outside the month. */
export function outsideTable(staging: TableName): TableName {
  return { schema: staging.schema, name: `${staging.name}_outside` };
}
