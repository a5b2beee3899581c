import type { MonthString } from '../contract.ts';
import type { Dataset } from '../datasets/index.ts';
import { sourceColumnDefinitions } from './columns.ts';
import type { Client } from './pool.ts';
import { defaultPartition, ident, monthPartition, qualified, targetTable, TARGET_SCHEMA } from './sql.ts';

/** The statements that make a data set's table, its default partition and its lineage view, where they are missing. */
export function createTargetSql(dataset: Dataset): string[] {
  const target = qualified(targetTable(dataset));
  const lineage = qualified({ schema: TARGET_SCHEMA, name: `${dataset.table}_lineage` });
  const columns = [
    'unique_row_id bytea not null',
    'load_id bigint not null',
    'created_at timestamptz not null',
    'updated_at timestamptz not null',
    ...sourceColumnDefinitions(dataset),
    `primary key (${ident(dataset.pickupColumn)}, unique_row_id)`,
  ];
  return [
    `create table if not exists ${target} (\n  ${columns.join(',\n  ')}\n) partition by range (${ident(dataset.pickupColumn)})`,
    `create table if not exists ${qualified(defaultPartition(dataset))} partition of ${target} default`,
    `create or replace view ${lineage} as
select t.*, l.filename, l.source_url, l.finished_at as loaded_at
from ${target} t
left join fareflow.loads l on l.load_id = t.load_id`,
  ];
}

/** Makes a data set's table, default partition and view, where they are missing. */
export async function ensureTarget(client: Client, dataset: Dataset): Promise<void> {
  for (const statement of createTargetSql(dataset)) await client.query(statement);
}

/** Whether a month has a partition of its own. */
export async function hasMonthPartition(
  client: Client,
  dataset: Dataset,
  month: MonthString,
): Promise<boolean> {
  const { rows } = await client.query<{ exists: boolean }>(
    `select exists (
       select from pg_inherits
       where inhparent = to_regclass($1) and inhrelid = to_regclass($2)
     )`,
    [qualified(targetTable(dataset)), qualified(monthPartition(dataset, month))],
  );
  return rows[0]?.exists === true;
}
