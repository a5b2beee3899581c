import { ApplicationFailure } from '@temporalio/common';
import type { DatabaseError } from 'pg';
import { FailureType } from '../contract.ts';

/** `COPY t, line 5, column fare_amount: "abc"`, as PostgreSQL describes where a COPY stopped. */
const COPY_CONTEXT = /^COPY \S+, line (\d+)(?:, column ([^:]+?))?(?:: (.*))?$/ms;

/** The header that was taken off before PostgreSQL began to count. */
const HEADER_LINES = 1;

/** The terminal failure for a row that did not parse: file, line, column, value and reason. */
export function badRow(error: DatabaseError, file: { filename: string }): ApplicationFailure {
  const [, line, contextColumn, value] = COPY_CONTEXT.exec(error.where ?? '') ?? [];
  const column = contextColumn ?? error.column;
  const place = [
    file.filename,
    line === undefined ? undefined : `line ${Number(line) + HEADER_LINES}`,
    column === undefined ? undefined : `column ${column}`,
  ].filter((part) => part !== undefined);
  const shown = value === undefined ? '' : ` in ${contextColumn === undefined ? 'the row ' : ''}${value}`;
  return ApplicationFailure.nonRetryable(
    `${place.join(', ')}: ${error.message}${shown}; the table is untouched`,
    FailureType.BadRow,
    {
      line: line === undefined ? null : Number(line) + HEADER_LINES,
      column: column ?? null,
      value: value ?? null,
    },
  );
}
