/**
 * Rows that the files of several months have: the table has such a row once, and it names the load of one of them. The
 * others are kept apart, so that the row goes over to one of them when its own month's file no longer has it.
 */
import type { MonthString } from '../contract.ts';
import type { Dataset } from '../datasets/index.ts';
import { pickupOf, primaryKey } from './columns.ts';
import type { Client } from './pool.ts';
import { ident } from './sql.ts';

/** Whether the ledger knows of rows in this month that came with other months' files. */
export async function hasOthersRows(client: Client, dataset: Dataset, month: MonthString): Promise<boolean> {
  const { rows } = await client.query<{ found: boolean }>(
    `select exists (
       select from fareflow.loads where dataset = $1 and month <> $2 and $2 = any(outside_months)
     ) as found`,
    [dataset.name, month],
  );
  return (rows[0] as { found: boolean }).found;
}

/**
 * Notes the rows of a table that came with other months' files and that this month's file has too. `staysTheirs` is
 * the SQL condition, over the rows `t` and `s`, under which such a row remains the other month's.
 */
export async function noteSharedRows(
  client: Client,
  dataset: Dataset,
  month: MonthString,
  { target, source, staysTheirs }: { target: string; source: string; staysTheirs: string },
): Promise<void> {
  await client.query(
    `insert into fareflow.shared_rows (dataset, pickup, unique_row_id, month)
     select $1, t.${ident(pickupOf(dataset))}, t.unique_row_id, case when ${staysTheirs} then $2 else l.month end
     from ${source} s
     join ${target} t on ${sameRow(dataset)}
     join fareflow.loads l on l.load_id = t.load_id and l.dataset = $1 and l.month <> $2
     on conflict do nothing`,
    [dataset.name, month],
  );
}

/** Forgets what this month's files have of other months' rows, as they no longer count. */
export async function forgetSharedRows(client: Client, dataset: Dataset, month: MonthString): Promise<void> {
  await client.query('delete from fareflow.shared_rows where dataset = $1 and month = $2', [
    dataset.name,
    month,
  ]);
}

/**
 * Gives rows of the target, those for which the SQL condition over `t` holds, to a month whose file has them too: the
 * month in which they lie, or else the first. Without such a month they stay as they are.
 */
export async function giveToOthers(
  client: Client,
  dataset: Dataset,
  { target, where, bounds }: { target: string; where: string; bounds: { from: string; to: string } },
  month: MonthString,
  lyingIn: MonthString,
): Promise<void> {
  const pickup = ident(pickupOf(dataset));
  await client.query(
    `with heir as (
       select distinct on (s.pickup, s.unique_row_id) s.*,
         (select max(load_id) from fareflow.loads l where l.dataset = $1 and l.month = s.month) as load_id
       from fareflow.shared_rows s
       where s.dataset = $1 and s.pickup >= $3 and s.pickup < $4 and s.month <> $2
       order by s.pickup, s.unique_row_id, s.month <> $5, s.month
     ), given as (
       update ${target} t set load_id = heir.load_id
       from heir
       where t.${pickup} = heir.pickup and t.unique_row_id = heir.unique_row_id and ${where}
       returning heir.pickup, heir.unique_row_id, heir.month
     )
     delete from fareflow.shared_rows s using given
     where s.dataset = $1 and s.pickup = given.pickup and s.unique_row_id = given.unique_row_id
       and s.month = given.month`,
    [dataset.name, month, bounds.from, bounds.to, lyingIn],
  );
}

/** The condition that `t` and `s` are one row. */
export function sameRow(dataset: Dataset): string {
  return primaryKey(dataset)
    .map((name) => `t.${ident(name)} = s.${ident(name)}`)
    .join(' and ');
}
