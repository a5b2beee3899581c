import type { MonthString } from '../contract.ts';
import type { Dataset } from '../datasets/index.ts';
import { primaryKey, sourceColumnDefinitions } from './columns.ts';
import type { Client } from './pool.ts';
import {
  columnList,
  defaultPartition,
  ident,
  monthPartition,
  qualified,
  type TableName,
  targetTable,
  TARGET_SCHEMA,
} from './sql.ts';

function lineageView(dataset: Dataset): TableName {
  return { schema: TARGET_SCHEMA, name: `${dataset.table}_lineage` };
}

/** The statements that make a data set's table, its default partition if it has partitions, and, last, its lineage view. */
export function createTargetSql(dataset: Dataset): string[] {
  const target = qualified(targetTable(dataset));
  const lineage = qualified(lineageView(dataset));
  const columns = [
    'unique_row_id bytea not null',
    'load_id bigint not null',
    'created_at timestamptz not null',
    'updated_at timestamptz not null',
    ...sourceColumnDefinitions(dataset),
    `primary key (${columnList(primaryKey(dataset))})`,
  ];
  const table = `create table if not exists ${target} (\n  ${columns.join(',\n  ')}\n)`;
  const { pickupColumn } = dataset;
  return [
    ...(pickupColumn === undefined
      ? [table]
      : [
          `${table} partition by range (${ident(pickupColumn)})`,
          `create table if not exists ${qualified(defaultPartition(dataset))} partition of ${target} default`,
        ]),
    `create view ${lineage} as
select t.*, l.filename, l.source_url, l.finished_at as loaded_at
from ${target} t
left join fareflow.loads l on l.load_id = t.load_id`,
  ];
}

/** Makes a data set's table, default partition and view, where they are missing. */
export async function ensureTarget(client: Client, dataset: Dataset): Promise<void> {
  const { schema, name } = lineageView(dataset);
  const { rowCount } = await client.query('select from pg_views where schemaname = $1 and viewname = $2', [
    schema,
    name,
  ]);
  // Replacing a view that is there would wait for everybody who reads it, and they for that.
  const statements = createTargetSql(dataset).slice(0, rowCount === 0 ? undefined : -1);
  for (const statement of statements) await client.query(statement);
}

/** Whether a month has a partition of its own; a table that is not divided is where all its rows go. */
export async function hasMonthPartition(
  client: Client,
  dataset: Dataset,
  month: MonthString,
): Promise<boolean> {
  if (dataset.pickupColumn === undefined) return true;
  const { rows } = await client.query<{ exists: boolean }>(
    `select exists (
       select from pg_inherits
       where inhparent = to_regclass($1) and inhrelid = to_regclass($2)
     )`,
    [qualified(targetTable(dataset)), qualified(monthPartition(dataset, month))],
  );
  return rows[0]?.exists === true;
}
