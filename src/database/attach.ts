/** A month that has no partition yet: the staging table becomes it, and no row moves. */
import type { MonthString } from '../contract.ts';
import type { Dataset } from '../datasets/index.ts';
import { periodBounds } from '../datasets/period.ts';
import { nonKeyColumns, pickupOf, tableColumns } from './columns.ts';
import type { Client } from './pool.ts';
import { noteSharedRows } from './shared-rows.ts';
import {
  columnList,
  defaultPartition,
  ident,
  literal,
  monthPartition,
  qualified,
  type TableName,
  TARGET_SCHEMA,
  targetTable,
} from './sql.ts';
import { monthCheck } from './staging.ts';

/** How many rows of a load were new, changed what was there, or were there already. */
export interface MergeCounts {
  inserted: number;
  updated: number;
  unchanged: number;
}

/**
 * Takes over the month's rows that other months' loads left in the default partition. One that the file has too is
 * this load's, but keeps its creation time, and where the file says nothing new of it the time of its last change.
 */
export async function takeOverWaitingRows(
  client: Client,
  dataset: Dataset,
  staging: TableName,
  month: MonthString,
): Promise<{ updated: number; unchanged: number }> {
  const waiting = qualified(defaultPartition(dataset));
  const table = qualified(staging);
  const pickup = ident(pickupOf(dataset));
  const columns = columnList(tableColumns(dataset));
  const rest = nonKeyColumns(dataset);
  const { from, to } = periodBounds(dataset, month);
  await noteSharedRows(client, dataset, month, { target: waiting, source: table, staysTheirs: 'false' });
  const { rows } = await client.query<{ updated: number; unchanged: number }>(
    `with known as (
       update ${table} s set
         created_at = w.created_at,
         updated_at = case when same then w.updated_at else s.updated_at end
       from (
         select w.unique_row_id, w.${pickup} as pickup, w.created_at, w.updated_at,
           (${columnList(rest, 'w')}) is not distinct from (${columnList(rest, 'f')}) as same
         from ${waiting} w join ${table} f on f.${pickup} = w.${pickup} and f.unique_row_id = w.unique_row_id
         where w.${pickup} >= $1 and w.${pickup} < $2
       ) w
       where s.${pickup} = w.pickup and s.unique_row_id = w.unique_row_id
       returning same
     )
     select count(*) filter (where not same) as updated, count(*) filter (where same) as unchanged from known`,
    [from, to],
  );
  await client.query(
    `with waiting as (
       delete from ${waiting} where ${pickup} >= $1 and ${pickup} < $2 returning ${columns}
     )
     insert into ${table} (${columns}) select ${columns} from waiting on conflict do nothing`,
    [from, to],
  );
  return rows[0] as { updated: number; unchanged: number };
}

/** Makes the staging table the month's partition: metadata only, since its key and its range are proven. */
export async function attachPartition(
  client: Client,
  dataset: Dataset,
  staging: TableName,
  month: MonthString,
): Promise<void> {
  const partition = monthPartition(dataset, month);
  const moved = { schema: TARGET_SCHEMA, name: staging.name };
  const { from, to } = periodBounds(dataset, month);
  await client.query(
    `alter table ${qualified(staging)}
       alter column load_id drop default, alter column created_at drop default, alter column updated_at drop default,
       reset (autovacuum_enabled)`,
  );
  await client.query(`comment on table ${qualified(staging)} is null`);
  await client.query(`alter table ${qualified(staging)} set schema ${ident(TARGET_SCHEMA)}`);
  await client.query(`alter table ${qualified(moved)} rename to ${ident(partition.name)}`);
  await client.query(
    `alter table ${qualified(partition)} rename constraint ${ident(`${staging.name}_pkey`)} to ${ident(`${partition.name}_pkey`)}`,
  );
  await client.query(
    `alter table ${qualified(targetTable(dataset))} attach partition ${qualified(partition)}
     for values from (${literal(from)}) to (${literal(to)})`,
  );
  await client.query(`alter table ${qualified(partition)} drop constraint ${ident(monthCheck(staging))}`);
}
