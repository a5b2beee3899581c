import type { MonthString } from '../contract.ts';
import type { Column, Dataset } from '../datasets/index.ts';
import { columnDefinition, primaryKey, sourceColumnDefinitions } from './columns.ts';
import { lockMigration, lockPartitionSet } from './locks.ts';
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

/** What the lineage view adds to a row, by name. */
const lineageColumns: ReadonlyMap<string, string> = new Map([
  ['filename', 'l.filename'],
  ['source_url', 'l.source_url'],
  ['loaded_at', 'l.finished_at as loaded_at'],
]);

/** The statements that make a data set's table, its default partition if it has partitions, and, last, its lineage view. */
export function createTargetSql(dataset: Dataset): string[] {
  const target = qualified(targetTable(dataset));
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
    `create view ${lineageSql(dataset, ['t.*', ...lineageColumns.values()])}`,
  ];
}

function lineageSql(dataset: Dataset, columns: readonly string[]): string {
  return `${qualified(lineageView(dataset))} as
select ${columns.join(', ')}
from ${qualified(targetTable(dataset))} t
left join fareflow.loads l on l.load_id = t.load_id`;
}

/** Makes a data set's table, default partition and view where they are missing, under the migration's lock. */
export async function createTarget(client: Client, dataset: Dataset): Promise<void> {
  // Replacing a view that is there would wait for everybody who reads it, and they for that.
  const hasView = (await columnsOf(client, 'view', lineageView(dataset))).length > 0;
  const statements = createTargetSql(dataset).slice(0, hasView ? -1 : undefined);
  for (const statement of statements) await client.query(statement);
}

/**
 * Adds the columns that a data set declares and its table lacks, nullable and at the end, and shows them in the lineage
 * view; returns them. Locks nothing where nothing is missing. Else it fails with `lock_not_available` if table or view
 * are in use for long, since everybody who comes later waits behind it.
 */
export async function extendTarget(client: Client, dataset: Dataset): Promise<Column[]> {
  const [added, hidden] = await missingColumns(client, dataset);
  if (added.length === 0 && hidden.length === 0) return [];
  await client.query("set local lock_timeout = '5s'");
  // A merge locks partitions in an order of its own.
  await lockPartitionSet(client, dataset, 'exclusive');
  const additions = added.map((column) => `add column ${columnDefinition(column)}`).join(', ');
  if (added.length > 0) await client.query(`alter table ${qualified(targetTable(dataset))} ${additions}`);
  // Other people's views and grants may rest on the view: it is not dropped, and what is new goes to its end.
  const shown = (await columnsOf(client, 'view', lineageView(dataset))).map(
    (name) => lineageColumns.get(name) ?? `t.${ident(name)}`,
  );
  const columns = [...shown, ...hidden.map(({ name }) => `t.${ident(name)}`)];
  await client.query(`create or replace view ${lineageSql(dataset, columns)}`);
  return added;
}

/** The columns that the table lacks, and those that the lineage view does. */
async function missingColumns(client: Client, dataset: Dataset): Promise<[Column[], Column[]]> {
  const inTable = await columnsOf(client, 'table', targetTable(dataset));
  const inView = await columnsOf(client, 'view', lineageView(dataset));
  return [
    dataset.columns.filter(({ name }) => !inTable.includes(name)),
    dataset.columns.filter(({ name }) => !inView.includes(name)),
  ];
}

/** Makes a data set's table and view, or brings them up to date; returns the columns that were added. */
export async function ensureTarget(client: Client, dataset: Dataset): Promise<Column[]> {
  const lacking = await missingColumns(client, dataset);
  if (lacking.flat().length === 0) return [];
  await lockMigration(client);
  await createTarget(client, dataset);
  return extendTarget(client, dataset);
}

/** The names of a table's or a view's columns, in order; none if there is no such thing. */
async function columnsOf(client: Client, kind: 'table' | 'view', relation: TableName): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select attname as name from pg_attribute a join pg_class c on c.oid = attrelid
     where attrelid = to_regclass($1) and (relkind = 'v') = $2 and attnum > 0 and not attisdropped
     order by attnum`,
    [qualified(relation), kind === 'view'],
  );
  return rows.map(({ name }) => name);
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
