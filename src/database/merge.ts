/** A month that is there already: rows are compared by key. */
import type { MonthString } from '../contract.ts';
import type { Dataset } from '../datasets/index.ts';
import { periodBounds } from '../datasets/period.ts';
import type { MergeCounts } from './attach.ts';
import { nonKeyColumns, pickupOf, primaryKey, tableColumns } from './columns.ts';
import type { Client } from './pool.ts';
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
  await client.query(`analyze ${source} (${columnList(primaryKey(dataset))})`);
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
  if (staged.outsideMonths.length === 0) return { inserted: 0, updated: 0, unchanged: 0 };
  const source = qualified(outsideTable(staging));
  const target = qualified(targetTable(dataset));
  const pickup = ident(pickupOf(dataset));
  const columns = columnList(tableColumns(dataset));
  await client.query(`analyze ${source}`);
  let updated = 0;
  for (const month of staged.outsideMonths) {
    const update = `${updateDiffering(dataset, target, source)} and ${withinPeriod(dataset, month)}`;
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
  let removed = 0;
  for (const where of [month, ...otherMonths]) {
    const source = where === month ? staging : outsideTable(staging);
    const { rowCount } = await client.query(
      `delete from ${target} t
       where ${withinPeriod(dataset, where)}
         and t.load_id in (select load_id from fareflow.loads where dataset = $1 and month = $2)
         and not exists (select from ${qualified(source)} s where ${sameRow(dataset)})`,
      [dataset.name, month],
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
  return primaryKey(dataset)
    .map((name) => `t.${ident(name)} = s.${ident(name)}`)
    .join(' and ');
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
