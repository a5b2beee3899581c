/** Takes out of a table what loads of one month have brought in. */
import pg from 'pg';
import type { MonthString } from '../contract.ts';
import type { Dataset } from '../datasets/index.ts';
import { periodBounds } from '../datasets/period.ts';
import { tableColumns } from './columns.ts';
import { withinPeriod } from './merge.ts';
import type { Client } from './pool.ts';
import { forgetSharedRows, giveToOthers } from './shared-rows.ts';
import { columnList, defaultPartition, monthPartition, qualified, targetTable } from './sql.ts';
import { hasMonthPartition } from './target.ts';

/** dependent_objects_still_exist, foreign_key_violation */
const IN_USE_BY_OTHERS = ['2BP01', '23503'];

/** The loads of the month; whatever else is in its partition came with other months' files. */
const OF_THIS_MONTH = 'load_id in (select load_id from fareflow.loads where dataset = $1 and month = $2)';

/**
 * Removes every row that loads of this month brought in, from its own partition and from the other months that the
 * ledger names, and returns how many there were. A row that another month's file has too stays, as that one's. The months and the partition set must be locked.
 */
export async function removeMonthRows(
  client: Client,
  dataset: Dataset,
  month: MonthString,
  otherMonths: readonly MonthString[],
): Promise<number> {
  if (dataset.pickupColumn !== undefined) await leaveToOthers(client, dataset, month, otherMonths);
  let removed = 0;
  for (const other of otherMonths) removed += await deleteRows(client, dataset, month, other);
  const isDivided = dataset.pickupColumn !== undefined;
  if (!isDivided || !(await hasMonthPartition(client, dataset, month)))
    return removed + (await deleteRows(client, dataset, month, month));
  await client.query('savepoint before_drop');
  try {
    return removed + (await dropPartition(client, dataset, month));
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || !IN_USE_BY_OTHERS.includes(error.code ?? '')) throw error;
    // Somebody's view or foreign key rests on the partition, which therefore stays.
    await client.query('rollback to savepoint before_drop');
    return removed + (await deleteRows(client, dataset, month, month));
  }
}

async function leaveToOthers(
  client: Client,
  dataset: Dataset,
  month: MonthString,
  otherMonths: readonly MonthString[],
): Promise<void> {
  const target = qualified(targetTable(dataset));
  await forgetSharedRows(client, dataset, month);
  for (const lyingIn of [month, ...otherMonths]) {
    const where = `${withinPeriod(dataset, lyingIn)} and t.${OF_THIS_MONTH}`;
    const bounds = periodBounds(dataset, lyingIn);
    await giveToOthers(client, dataset, { target, where, bounds }, month, lyingIn);
  }
}

async function deleteRows(
  client: Client,
  dataset: Dataset,
  month: MonthString,
  where: MonthString,
): Promise<number> {
  const { rowCount } = await client.query(
    `delete from ${qualified(targetTable(dataset))} t where ${withinPeriod(dataset, where)} and t.${OF_THIS_MONTH}`,
    [dataset.name, month],
  );
  return rowCount ?? 0;
}

/** A month without a partition is loaded again at the least cost; what came with other files waits for it, as ever. */
async function dropPartition(client: Client, dataset: Dataset, month: MonthString): Promise<number> {
  const partition = qualified(monthPartition(dataset, month));
  const { rows } = await client.query<{ removed: number }>(
    `select count(*) as removed from ${partition} where ${OF_THIS_MONTH}`,
    [dataset.name, month],
  );
  const columns = columnList(tableColumns(dataset));
  await client.query(`alter table ${qualified(targetTable(dataset))} detach partition ${partition}`);
  await client.query(
    `insert into ${qualified(defaultPartition(dataset))} (${columns})
     select ${columns} from ${partition} where not (${OF_THIS_MONTH})`,
    [dataset.name, month],
  );
  await client.query(`drop table ${partition}`);
  return rows[0]?.removed ?? 0;
}
