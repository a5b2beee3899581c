/** A month that is there already: rows are compared by key. */
import type { MonthString } from '../contract.ts';
import type { Dataset } from '../datasets/index.ts';
import { monthBounds } from '../datasets/month.ts';
import type { MergeCounts } from './attach.ts';
import { nonKeyColumns, tableColumns } from './columns.ts';
import type { Client } from './pool.ts';
import {
  columnList,
  ident,
  monthPartition,
  outsideTable,
  qualified,
  type TableName,
  targetTable,
} from './sql.ts';

/** Updates what differs, inserts what is new, leaves the rest of a month's partition as it is. */
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
  await client.query(`analyze ${source} (${ident(dataset.pickupColumn)}, unique_row_id)`);
  const updated = await client.query(updateDiffering(dataset, target, source));
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
  staged: { outsideMonth: number; outsideMonths: readonly MonthString[] },
): Promise<MergeCounts> {
  const source = qualified(outsideTable(staging));
  const target = qualified(targetTable(dataset));
  const pickup = ident(dataset.pickupColumn);
  const columns = columnList(tableColumns(dataset));
  await client.query(`analyze ${source}`);
  let updated = 0;
  for (const month of staged.outsideMonths) {
    // The bounds tell PostgreSQL which one partition to look into.
    const { from, to } = monthBounds(month);
    const update = `${updateDiffering(dataset, target, source)} and t.${pickup} >= $1 and t.${pickup} < $2`;
    updated += (await client.query(update, [from, to])).rowCount ?? 0;
  }
  const inserted = await client.query(
    `insert into ${target} (${columns}) select ${columns} from ${source}
     on conflict (${pickup}, unique_row_id) do nothing`,
  );
  return countsOf(staged.outsideMonth, inserted.rowCount, updated);
}

/**
 * Removes the rows that earlier loads of this month brought in and that the new file no longer has, in the month's
 * own partition and in the other months that the ledger names. Rows that came with another month's file stay.
 */
export async function removeVanishedRows(
  client: Client,
  dataset: Dataset,
  staging: TableName,
  month: MonthString,
  otherMonths: readonly MonthString[],
): Promise<number> {
  const target = qualified(targetTable(dataset));
  const pickup = ident(dataset.pickupColumn);
  let removed = 0;
  for (const where of [month, ...otherMonths]) {
    const source = where === month ? staging : outsideTable(staging);
    const { from, to } = monthBounds(where);
    const { rowCount } = await client.query(
      `delete from ${target} t
       where t.${pickup} >= $1 and t.${pickup} < $2
         and t.load_id in (select load_id from fareflow.loads where dataset = $3 and month = $4)
         and not exists (select from ${qualified(source)} s where ${sameRow(dataset)})`,
      [from, to, dataset.name, month],
    );
    removed += rowCount ?? 0;
  }
  return removed;
}

function updateDiffering(dataset: Dataset, target: string, source: string): string {
  const rest = nonKeyColumns(dataset);
  const assignments = [...rest, 'load_id', 'updated_at'].map((name) => `${ident(name)} = s.${ident(name)}`);
  return `update ${target} t set ${assignments.join(', ')}
    from ${source} s
    where ${sameRow(dataset)} and (${columnList(rest, 't')}) is distinct from (${columnList(rest, 's')})`;
}

function sameRow(dataset: Dataset): string {
  const pickup = ident(dataset.pickupColumn);
  return `t.${pickup} = s.${pickup} and t.unique_row_id = s.unique_row_id`;
}

function countsOf(staged: number, insertedRows: number | null, updatedRows: number | null): MergeCounts {
  const inserted = insertedRows ?? 0;
  const updated = updatedRows ?? 0;
  return { inserted, updated, unchanged: staged - inserted - updated };
}
