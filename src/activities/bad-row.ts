import { ApplicationFailure } from '@temporalio/common';
import { FailureType, type SourceFormat } from '../contract.ts';
import type { BadRowLimit } from '../datasets/bad-row-limit.ts';

/** A row that does not fit, and why. */
export interface BadRow {
  /** As `RejectedRow` counts. */
  line: number;
  /** The target column; null where the row as a whole is at fault. */
  column: string | null;
  /** What the file has there; null where it has nothing, or the row as a whole is at fault. */
  value: string | null;
  reason: string;
}

/** The file that a bad row is in. */
export interface BadRowFile {
  filename: string;
  source: SourceFormat;
}

/** How much of a value a message shows. */
const SHOWN_CHARACTERS = 100;

/** The terminal failure of a load that takes no bad row: the first of them, and how many there are. */
export function badRowFailure(file: BadRowFile, first: BadRow, total: number): ApplicationFailure {
  const count = total === 1 ? 'the only bad row' : `the first of ${total} bad rows`;
  return failure(
    `${file.filename}, ${describe(file, first)} (${count}; --on-bad-row quarantine sets them aside and loads the rest); the table is untouched`,
    first,
    total,
  );
}

/** The terminal failure of a load that was to set bad rows aside and met more of them than it may. */
export function tooManyBadRows(
  file: BadRowFile,
  limit: BadRowLimit,
  found: { first: readonly BadRow[]; total: number; rowsInFile: number },
): ApplicationFailure {
  const { first, total, rowsInFile } = found;
  const most = 'rows' in limit ? String(limit.rows) : `${limit.share * 100}%`;
  const rows = first.map((row) => describe(file, row)).join('; ');
  return failure(
    `${file.filename}: ${total} of ${rowsInFile} rows are bad, and --max-bad-rows allows ${most}; they begin with ${rows}; the table is untouched`,
    first[0],
    total,
  );
}

function failure(message: string, first: BadRow | undefined, total: number): ApplicationFailure {
  const { line = null, column = null, value = null } = first ?? {};
  return ApplicationFailure.nonRetryable(message, FailureType.BadRow, { line, column, value, total });
}

function describe({ source }: BadRowFile, { line, column, value, reason }: BadRow): string {
  const place = [
    `${source === 'parquet' ? 'row' : 'line'} ${line}`,
    ...(column === null ? [] : [`column ${column}`]),
  ];
  // PostgreSQL's reasons show the value as a rule.
  const shown = value === null || reason.includes(value) ? '' : ` in ${JSON.stringify(shorten(value))}`;
  return `${place.join(', ')}: ${shorten(reason, 2 * SHOWN_CHARACTERS)}${shown}`;
}

function shorten(text: string, length = SHOWN_CHARACTERS): string {
  return text.length <= length ? text : `${text.slice(0, length)}…`;
}
