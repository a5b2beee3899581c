/**
 * A staging table is shaped like a partition of the target, belongs to one attempt of one load, and says in its
 * comment whose it is and what is known of it.
 */
import { liesInMonth, periodBounds, periodExpression } from '../datasets/period.ts';
import type { Dataset } from '../datasets/index.ts';
import type { MonthString } from '../contract.ts';
import {
  columnList,
  ident,
  literal,
  outsideTable,
  qualified,
  STAGING_SCHEMA,
  type TableName,
} from './sql.ts';
import { getColumn, primaryKey, sourceColumnDefinitions, tableColumns } from './columns.ts';
import { identityExpression } from './identity.ts';
import type { Client, Pool } from './pool.ts';

/** A run of a workflow. */
export interface WorkflowRun {
  namespace: string;
  workflowId: string;
  runId: string;
}

/** The workflow run that a staging table belongs to. */
export interface StagingOwner extends WorkflowRun {
  /** When it was made, ISO 8601. */
  createdAt: string;
}

/** What hashing found; kept with the table, since what it removed cannot be counted again. */
export interface HashedFacts {
  duplicates: number;
  keyTwins: number;
  outsideMonth: number;
  outsideMonths: MonthString[];
}

/** What a staging table's comment says. */
export interface StagingFacts extends StagingOwner {
  hashed?: HashedFacts;
}

/** Creates a staging table in which PostgreSQL computes each row's identity as it is copied. */
export async function createStaging(
  client: Client,
  dataset: Dataset,
  staging: TableName,
  load: { loadId: number; createdAt: string; run: WorkflowRun },
): Promise<void> {
  const createdAt = literal(load.createdAt);
  const columns = [
    `unique_row_id bytea not null generated always as (${identityExpression(dataset)}) stored`,
    `load_id bigint not null default ${load.loadId}`,
    `created_at timestamptz not null default ${createdAt}`,
    `updated_at timestamptz not null default ${createdAt}`,
    ...sourceColumnDefinitions(dataset),
  ];
  // Autovacuum would take a lock that each of the following ALTER TABLEs had to wait for.
  await client.query(
    `create table ${qualified(staging)} (\n  ${columns.join(',\n  ')}\n) with (autovacuum_enabled = false)`,
  );
  await writeFacts(client, staging, { ...load.run, createdAt: load.createdAt });
}

/** The statement that copies a file's records, without its header, into a staging table; a quoted nothing is NULL but in text. */
export function copyStatement(dataset: Dataset, staging: TableName, columns: readonly string[]): string {
  const noText = columns.filter((name) => getColumn(dataset, name).type !== 'text');
  const forceNull = noText.length === 0 ? '' : `, force_null (${columnList(noText)})`;
  return `copy ${qualified(staging)} (${columnList(columns)}) from stdin with (format csv${forceNull})`;
}

const LIES_IN_MONTH = 'lies_in_a_month';

/** Has PostgreSQL refuse rows whose pickup lies in no month. */
export async function refuseMonthless(db: Pool, dataset: Dataset, staging: TableName): Promise<void> {
  if (dataset.pickupColumn === undefined) return;
  await db.query(
    `alter table ${qualified(staging)} add constraint ${LIES_IN_MONTH}
     check (${liesInMonth(ident(dataset.pickupColumn))})`,
  );
}

/** Ends that; the table is shaped like a partition of the target again. */
export async function acceptMonthless(db: Pool, staging: TableName): Promise<void> {
  await db.query(`alter table ${qualified(staging)} drop constraint if exists ${LIES_IN_MONTH}`);
}

/** Removes every row of a staging table. */
export async function emptyStaging(db: Client | Pool, staging: TableName): Promise<void> {
  await db.query(`truncate ${qualified(staging)}`);
}

/** Turns the computed identity into an ordinary column, as the target has it; the values stay. */
export async function keepIdentity(client: Client, staging: TableName): Promise<void> {
  await client.query(
    `alter table ${qualified(staging)} alter column unique_row_id drop expression if exists`,
  );
}

/** Builds the primary key; fails with `unique_violation` if two rows have the same identity. */
export async function addPrimaryKey(client: Client, dataset: Dataset, staging: TableName): Promise<void> {
  await client.query(
    `alter table ${qualified(staging)} add primary key (${columnList(primaryKey(dataset))})`,
  );
}

/**
 * Moves the rows outside the month into a table of their own, which has the same owner, and proves to PostgreSQL
 * that none is left. Where one file holds everything, nothing is outside.
 */
export async function setOutsideRowsApart(
  client: Client,
  dataset: Dataset,
  staging: TableName,
  month: MonthString,
  owner: StagingOwner,
): Promise<{ outsideMonth: number; outsideMonths: MonthString[] }> {
  if (dataset.pickupColumn === undefined) return { outsideMonth: 0, outsideMonths: [] };
  const outside = outsideTable(staging);
  const columns = columnList(tableColumns(dataset));
  const pickup = ident(dataset.pickupColumn);
  const { from, to } = periodBounds(dataset, month);
  await client.query(`create table ${qualified(outside)} (like ${qualified(staging)})`);
  await writeFacts(client, outside, owner);
  // Nothing is known of a table just filled, and by default a third of it would be expected on either side.
  await client.query('set local enable_seqscan = off');
  const { rowCount } = await client.query(
    `with moved as (
       delete from ${qualified(staging)} where ${pickup} < $1 or ${pickup} >= $2 returning ${columns}
     )
     insert into ${qualified(outside)} (${columns}) select ${columns} from moved`,
    [from, to],
  );
  await client.query('set local enable_seqscan = on');
  await client.query(
    `alter table ${qualified(staging)} add constraint ${ident(monthCheck(staging))}
     check (${pickup} >= ${literal(from)} and ${pickup} < ${literal(to)})`,
  );
  const { rows } = await client.query<{ month: MonthString }>(
    `select distinct ${periodExpression(dataset, pickup)} as month from ${qualified(outside)} order by 1`,
  );
  return { outsideMonth: rowCount ?? 0, outsideMonths: rows.map((row) => row.month) };
}

/** A pickup among the outside rows that no period has a name for (infinite, before the year 1 or after 9999), if any. */
export async function findMonthlessPickup(
  client: Client,
  dataset: Dataset,
  staging: TableName,
): Promise<string | undefined> {
  if (dataset.pickupColumn === undefined) return undefined;
  const pickup = ident(dataset.pickupColumn);
  const { rows } = await client.query<{ pickup: string }>(
    `select ${pickup}::text as pickup from ${qualified(outsideTable(staging))}
     where not (${liesInMonth(pickup)}) order by 1 limit 1`,
  );
  return rows[0]?.pickup;
}

/** The name of the constraint that lets a partition be attached without a scan. */
export function monthCheck(staging: TableName): string {
  return `${staging.name}_month`;
}

/** Writes what is known of a staging table into its comment. */
export async function writeFacts(client: Client, staging: TableName, facts: StagingFacts): Promise<void> {
  await client.query(`comment on table ${qualified(staging)} is ${literal(JSON.stringify(facts))}`);
}

/** Takes a staging table for this transaction alone, and reads what is known of it. */
export async function lockStaging(client: Client, staging: TableName): Promise<StagingFacts> {
  await client.query(`lock table ${qualified(staging)} in access exclusive mode`);
  const { rows } = await client.query<{ facts: StagingFacts }>(
    "select obj_description($1::regclass, 'pg_class')::jsonb as facts",
    [qualified(staging)],
  );
  return (rows[0] as { facts: StagingFacts }).facts;
}

/** A table of the staging schema with its owner, or without one if something else put it there. */
export interface StagingTable {
  table: TableName;
  owner: StagingOwner | undefined;
}

/** Every table of the staging schema. */
export async function listStaging(db: Client | Pool): Promise<StagingTable[]> {
  const { rows } = await db.query<{ name: string; comment: string | null }>(
    `select relname as name, obj_description(c.oid, 'pg_class') as comment
     from pg_class c where relnamespace = to_regnamespace($1) and relkind = 'r' order by c.oid`,
    [STAGING_SCHEMA],
  );
  return rows.map(({ name, comment }) => ({
    table: { schema: STAGING_SCHEMA, name },
    owner: parseOwner(comment),
  }));
}

/** Whose a table is, by its comment; a table that something else put there may have any comment. */
function parseOwner(comment: string | null): StagingOwner | undefined {
  try {
    const facts = JSON.parse(comment ?? '') as Partial<StagingOwner> | null;
    return facts?.runId === undefined ? undefined : (facts as StagingOwner);
  } catch {
    return undefined;
  }
}

const DROP = 'drop table if exists';

/**
 * Drops a staging table, also while a lost attempt still works on it: whoever has it locked is of no use any more
 * and is ended. Other roles' sessions (autovacuum, a backup), and those that drop it too, are waited for.
 */
export async function dropStagingTable(db: Client | Pool, table: TableName): Promise<void> {
  await db.query(
    `select pg_terminate_backend(pid) from pg_locks
     where locktype = 'relation' and relation = to_regclass($1) and pid <> pg_backend_pid()
       and database = (select oid from pg_database where datname = current_database())
       and pid in (
         select pid from pg_stat_activity where usename = current_user and query not like '${DROP}%'
       )`,
    [qualified(table)],
  );
  await db.query(`${DROP} ${qualified(table)}`);
}
