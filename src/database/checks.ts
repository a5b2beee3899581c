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

/** Counts the staged rows, inside and outside the month, and those that are NULL in every column of a group, for each group. */
export async function countStaged(
  client: Client,
  dataset: Dataset,
  staging: TableName,
  groups: readonly (readonly string[])[],
): Promise<StagedCounts> {
  // Where one file holds everything, nothing lies outside.
  const tables = dataset.pickupColumn === undefined ? [staging] : [staging, outsideTable(staging)];
  const isNull = (name: string) => `${ident(name)} is null`;
  // The first columns alone: to look at the last ones, PostgreSQL must take each row apart to its end.
  const firsts = groups.map(([first = '']) => `count(*) filter (where ${isNull(first)})`);
  const [rows = 0, ...nulls] = await sums(client, tables, ['count(*)', ...firsts]);
  for (const [i, [first = '', ...others]] of groups.entries()) {
    if (others.length === 0 || nulls[i] === 0) continue;
    const all = `count(*) filter (where ${others.map(isNull).join(' and ')})`;
    const [count = 0] = await sums(client, tables, [all], `where ${isNull(first)}`);
    nulls[i] = count;
  }
  return { rows, nulls };
}

/** The sums over tables of what is counted in each. */
async function sums(
  client: Client,
  tables: readonly TableName[],
  counts: readonly string[],
  where = '',
): Promise<number[]> {
  const selects = tables.map(
    (table) => `select array[${counts.join(', ')}] as counts from ${qualified(table)} ${where}`,
  );
  const { rows } = await client.query<{ counts: string[] }>(selects.join(' union all '));
  return counts.map((_, i) => rows.reduce((total, row) => total + Number(row.counts[i]), 0));
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
