import { ApplicationFailure } from '@temporalio/common';
import { FailureType, type SourceFormat } from '../contract.ts';
import type { LedgerEntry } from '../database/ledger.ts';

/** The names by which people know the kinds of file. */
const NAMES: Record<SourceFormat, string> = { csv: 'CSV', parquet: 'Parquet' };

/**
 * Throws a terminal failure if a month that was filled from one kind of file is to be loaded from the other, unless it
 * is to be made equal to it: of one trip they may say different things, and then both would stand in the table.
 */
export function assertSameSource(
  latest: LedgerEntry | undefined,
  file: { source: SourceFormat; sourceUrl: string },
  isReplaced: boolean,
): void {
  if (latest === undefined || latest.source === file.source || isReplaced) return;
  const [old, other] = [NAMES[latest.source], NAMES[file.source]];
  throw ApplicationFailure.nonRetryable(
    `the month was filled from a ${old} file (${latest.sourceUrl}, load ${latest.loadId}), and ${file.sourceUrl} is a ${other} file; ` +
      `the two publications disagree about the same month, so their rows would be added to each other. ` +
      `Load it with --source ${latest.source}, or with --replace make the month equal to the ${other} file`,
    FailureType.SourceConflict,
  );
}
