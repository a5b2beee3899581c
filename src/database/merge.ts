/** A month that is there already: rows are compared by key. */
import type { MonthString } from '../contract.ts';
import type { Dataset } from '../datasets/index.ts';
import { periodBounds } from '../datasets/period.ts';
import type { MergeCounts } from './attach.ts';
import { nonKeyColumns, pickupOf, primaryKey, tableColumns } from './columns.ts';
import type { Client } from './pool.ts';
import { forgetSharedRows, giveToOthers, hasOthersRows, noteSharedRows, sameRow } from './shared-rows.ts';
import {
  columnList,
  ident,
  literal,
  monthPartition,
  outsideTable,
  qualified,
  type TableName,
  targetTable,
} from './sql.ts';

/**
 * Updates what differs, inserts what is new, leaves the rest of a month's partition as it is, but for whose it is: a
 * row that came with another month's file and that this one has too is this month's from now on.
 */
export async function mergeIntoPartition(
  client: Client,
  dataset: Dataset,
  staging: TableName,
  month: MonthString,
  staged: number,
): Promise<MergeCounts> {
  const source = qualified(staging);
  const target = qualified(monthPartition(dataset, month));
  await client.query("set local work_mem = '256MB'");
  await client.query(`analyze ${source} (${columnList(primaryKey(dataset))})`);
  const isShared = dataset.pickupColumn !== undefined && (await hasOthersRows(client, dataset, month));
  if (isShared) await noteSharedRows(client, dataset, month, { target, source, staysTheirs: 'false' });
  const updated = await client.query(updateDiffering(dataset, target, source));
  if (isShared) await takeFromOthers(client, dataset, { target, source }, month);
  const columns = columnList(tableColumns(dataset));
  const inserted = await client.query(
    `insert into ${target} (${columns})
     select ${columns} from ${source} s
     where not exists (select from ${target} t where ${sameRow(dataset)})`,
  );
  return countsOf(staged, inserted.rowCount, updated.rowCount);
}

/** Brings the rows outside the file's month where they belong: into their month's partition or the default one. */
export async function mergeOutsideRows(
  client: Client,
  dataset: Dataset,
  staging: TableName,
  month: MonthString,
  staged: { outsideMonth: number; outsideMonths: readonly MonthString[] },
): Promise<MergeCounts> {
  if (staged.outsideMonths.length === 0) return { inserted: 0, updated: 0, unchanged: 0 };
  const source = qualified(outsideTable(staging));
  const target = qualified(targetTable(dataset));
  const pickup = ident(pickupOf(dataset));
  const columns = columnList(tableColumns(dataset));
  await client.query(`analyze ${source}`);
  let updated = 0;
  for (const where of staged.outsideMonths) {
    const inPeriod = `(select * from ${target} t where ${withinPeriod(dataset, where)})`;
    const staysTheirs = `not (${differs(dataset)})`;
    await noteSharedRows(client, dataset, month, { target: inPeriod, source, staysTheirs });
    const update = `${updateDiffering(dataset, target, source)} and ${withinPeriod(dataset, where)}`;
    updated += (await client.query(update)).rowCount ?? 0;
  }
  const inserted = await client.query(
    `insert into ${target} (${columns}) select ${columns} from ${source}
     on conflict (${pickup}, unique_row_id) do nothing`,
  );
  return countsOf(staged.outsideMonth, inserted.rowCount, updated);
}

/**
 * Removes the rows that earlier loads of this month brought in and that the new file no longer has, in the month's
 * own partition and in the other months that the ledger names. Rows that came with another month's file stay, and so
 * do those that another month's file has too.
 */
export async function removeVanishedRows(
  client: Client,
  dataset: Dataset,
  staging: TableName,
  month: MonthString,
  otherMonths: readonly MonthString[],
): Promise<number> {
  const target = qualified(targetTable(dataset));
  await forgetSharedRows(client, dataset, month);
  let removed = 0;
  for (const where of [month, ...otherMonths]) {
    const source = where === month ? staging : outsideTable(staging);
    const vanished = `${withinPeriod(dataset, where)}
      and t.load_id in (select load_id from fareflow.loads where dataset = $1 and month = $2)
      and not exists (select from ${qualified(source)} s where ${sameRow(dataset)})`;
    if (dataset.pickupColumn !== undefined) {
      const bounds = periodBounds(dataset, where);
      await giveToOthers(client, dataset, { target, where: vanished, bounds }, month, where);
    }
    const { rowCount } = await client.query(`delete from ${target} t where ${vanished}`, [
      dataset.name,
      month,
    ]);
    removed += rowCount ?? 0;
  }
  return removed;
}

function updateDiffering(dataset: Dataset, target: string, source: string): string {
  const rest = nonKeyColumns(dataset);
  const assignments = [...rest, 'load_id', 'updated_at'].map((name) => `${ident(name)} = s.${ident(name)}`);
  return `update ${target} t set ${assignments.join(', ')}
    from ${source} s
    where ${sameRow(dataset)} and ${differs(dataset)}`;
}

function differs(dataset: Dataset): string {
  const rest = nonKeyColumns(dataset);
  return `(${columnList(rest, 't')}) is distinct from (${columnList(rest, 's')})`;
}

/** Makes this month's the rows that another month's load brought in and that this month's file has as they are. */
async function takeFromOthers(
  client: Client,
  dataset: Dataset,
  { target, source }: { target: string; source: string },
  month: MonthString,
): Promise<void> {
  await client.query(
    `update ${target} t set load_id = s.load_id from ${source} s
     where ${sameRow(dataset)}
       and t.load_id in (select load_id from fareflow.loads where dataset = $1 and month <> $2)`,
    [dataset.name, month],
  );
}

/** The rows of one partition, of which the bounds tell PostgreSQL which one it is. */
export function withinPeriod(dataset: Dataset, month: MonthString): string {
  if (dataset.pickupColumn === undefined) return 'true';
  const pickup = ident(dataset.pickupColumn);
  const { from, to } = periodBounds(dataset, month);
  return `t.${pickup} >= ${literal(from)} and t.${pickup} < ${literal(to)}`;
}

function countsOf(staged: number, insertedRows: number | null, updatedRows: number | null): MergeCounts {
  const inserted = insertedRows ?? 0;
  const updated = updatedRows ?? 0;
  return { inserted, updated, unchanged: staged - inserted - updated };
}
