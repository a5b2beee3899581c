/** Counts over a load's rows, to be held against the thresholds of the data set's checks. */
import type { Dataset } from '../datasets/index.ts';
import type { Client } from './pool.ts';
import { ident, outsideTable, qualified, rejectedTable, type TableName } from './sql.ts';

/** What a load holds before it is merged. */
export interface StagedCounts {
  rows: number;
  /** How many of them are NULL in each column of a group, group by group. */
  nulls: number[];
}

/** Counts the staged rows, inside and outside the month, and those that are NULL in groups of columns; reads them once. */
export async function countStaged(
  client: Client,
  dataset: Dataset,
  staging: TableName,
  groups: readonly (readonly string[])[],
): Promise<StagedCounts> {
  const nulls = groups.map(
    (columns) => `count(*) filter (where ${columns.map((name) => `${ident(name)} is null`).join(' and ')})`,
  );
  // Where one file holds everything, nothing lies outside.
  const tables = dataset.pickupColumn === undefined ? [staging] : [staging, outsideTable(staging)];
  const selects = tables.map(
    (table) => `select array[${['count(*)', ...nulls].join(', ')}] as counts from ${qualified(table)}`,
  );
  const { rows } = await client.query<{ counts: string[] }>(selects.join(' union all '));
  const sum = (i: number) => rows.reduce((total, row) => total + Number(row.counts[i]), 0);
  return { rows: sum(0), nulls: groups.map((_, i) => sum(i + 1)) };
}

/** How many rows were set aside because of their pickup, which no row can do without. */
export async function countRejectedPickups(
  client: Client,
  dataset: Dataset,
  staging: TableName,
): Promise<number> {
  const { rows } = await client.query<{ count: number }>(
    `select count(*) from ${qualified(rejectedTable(staging))} where column_name = $1`,
    [dataset.pickupColumn],
  );
  return (rows[0] as { count: number }).count;
}
