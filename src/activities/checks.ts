/** The checks after a load: counts of its rows against thresholds that the data set declares. */
import { ApplicationFailure } from '@temporalio/common';
import { type CheckResult, FailureType } from '../contract.ts';
import { countRejectedPickups, countStaged } from '../database/checks.ts';
import type { Client } from '../database/pool.ts';
import type { TableName } from '../database/sql.ts';
import type { Check, Dataset } from '../datasets/index.ts';
import type { MergeInput } from './steps.ts';

/** The check that every load must pass: what was read is what is there. */
const COUNTS_ADD_UP = 'counts add up';

/**
 * Holds a load's rows against every check; part of the merge's transaction, before a row moves. Throws a terminal
 * failure if they are not the rows that were copied, or violate a check that says: do not load.
 */
export async function checkRows(
  client: Client,
  dataset: Dataset,
  staging: TableName,
  { rowsCopied, rejected, hashed, file }: MergeInput,
): Promise<CheckResult[]> {
  const { checks = [] } = dataset;
  const columns = checks.map((check) => nullColumns(check));
  // No staged row is NULL there.
  const isPickup = columns.map((names) => names.length === 1 && names[0] === dataset.pickupColumn);
  const staged = await countStaged(
    client,
    dataset,
    staging,
    columns.filter((names, i) => names.length > 0 && isPickup[i] !== true),
  );
  const lost = Math.abs(rowsCopied - hashed.duplicates - staged.rows);
  const rejectedPickups =
    rejected > 0 && isPickup.includes(true) ? await countRejectedPickups(client, dataset, staging) : 0;
  const nulls = staged.nulls.values();
  const counted = checks.map(({ counts }, i) => {
    if (counts === 'outsideMonth') return hashed.outsideMonth;
    return isPickup[i] === true ? rejectedPickups : (nulls.next().value ?? 0);
  });
  const rowsInFile = rowsCopied + rejected;
  const findings = [
    { check: { name: COUNTS_ADD_UP, atMost: 0, onViolation: 'abort' } as const, rows: lost },
    ...checks.map((check, i) => ({ check, rows: counted[i] ?? 0 })),
  ];
  return findings.map(({ check: { name, atMost, onViolation }, rows }) => {
    const share = rowsInFile === 0 ? Math.min(rows, 1) : rows / rowsInFile;
    if (share <= atMost) return { name, share, atMost, outcome: 'passed' };
    if (onViolation === 'warn') return { name, share, atMost, outcome: 'warned' };
    throw ApplicationFailure.nonRetryable(
      `${file.filename} fails the check "${name}": ${rows} of ${rowsInFile} rows (${percent(share)}), at most ${percent(atMost)} pass; the table is untouched. Look at the file; if it is right, the check in the data set's file is wrong`,
      FailureType.CheckFailed,
      { name, share, atMost },
    );
  });
}

function nullColumns({ counts }: Check): readonly string[] {
  if (counts === 'outsideMonth') return [];
  return typeof counts.nullIn === 'string' ? [counts.nullIn] : counts.nullIn;
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(3))} %`;
}
