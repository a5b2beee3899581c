/**
 * Decides, for every error that a step can meet, whether trying again can help. The default is that it can; each
 * row below says why for its errors it cannot (terminal), or why it is listed although it can.
 */
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import pg from 'pg';
import type { FailureType } from '../contract.ts';
import { EndlessRecordError } from '../csv/records.ts';
import { CorruptParquetError } from '../parquet/parquet-error.ts';
import { TargetMismatchError } from '../database/own-target.ts';
import { DefinitionError } from '../datasets/index.ts';
import { TruncatedBodyError } from '../source/fetch-file.ts';
import { CorruptFileError, OversizedFileError } from '../source/content-check.ts';
import { HttpStatusError } from '../source/request.ts';

/** What is to be done about an error: try again, or give up under a name. */
type Verdict = 'retry' | Exclude<FailureType, 'MonthsFailed'>;

interface Row {
  matches: RegExp;
  verdict: Verdict;
  reason: string;
  /** What the reader can do. */
  advice?: string;
}

/** By SQLSTATE (PostgreSQL manual, appendix A); the first row that matches decides. */
export const sqlStates: readonly Row[] = [
  { matches: /^08/, verdict: 'retry', reason: 'a connection was lost; the next one may hold' },
  {
    matches: /^40/,
    verdict: 'retry',
    reason: 'a deadlock or conflict; the other transaction is done by then',
  },
  { matches: /^55P03/, verdict: 'retry', reason: 'a lock was not free in time; its holder ends' },
  {
    matches: /^53100/,
    verdict: 'TargetRejected',
    reason: 'the same rows need the same room',
    advice: 'free space on the disk of the database, then load again',
  },
  { matches: /^53/, verdict: 'retry', reason: 'connections or memory are short at this moment' },
  {
    matches: /^57/,
    verdict: 'retry',
    reason: 'the server stops, starts or was told to cancel; it will be back',
  },
  {
    matches: /^58|^XX/,
    verdict: 'retry',
    reason: 'the system or the server failed; a new session may not meet it',
  },
  { matches: /^28/, verdict: 'retry', reason: 'passwords are rotated; a restarted worker has the new one' },
  { matches: /^22|^23502/, verdict: 'BadRow', reason: 'the same bytes do not parse the next time either' },
  {
    matches: /^42501/,
    verdict: 'TargetRejected',
    reason: 'the right is missing until somebody grants it',
    advice: 'grant the right to the role that the worker connects as, then load again',
  },
  {
    matches: /^(42P01|3F000|42703)/,
    verdict: 'TargetRejected',
    reason: 'a table, schema or column is missing until somebody makes it',
    advice: 'run `fareflow migrate`, then load again',
  },
  {
    matches: /^(23|42|0A|54|3D|2BP01)/,
    verdict: 'TargetRejected',
    reason: 'the target refuses the rows or the statement itself',
  },
];

/** By HTTP status; a month that is not there (404, 410) is an answer and never comes here. */
export const httpStatuses: readonly Row[] = [
  {
    matches: /^403/,
    verdict: 'retry',
    reason: 'a CDN says so when it throttles, which passes, and also for a file that is not there',
    advice:
      'either the source wants to be asked less often, or it does not have this file: load it later, or check the month, or load it from elsewhere with --url',
  },
  { matches: /^(408|425|429)/, verdict: 'retry', reason: 'the source asks to come back later' },
  { matches: /^5/, verdict: 'retry', reason: 'the source itself is in trouble' },
  {
    matches: /^4/,
    verdict: 'SourceGone',
    reason: 'the source refuses this request as it is',
    advice:
      'check the URL, or set FAREFLOW_CSV_URL or FAREFLOW_PARQUET_URL of the worker to a mirror that has the file',
  },
];

/** By the class of an error of our own. */
const classes: readonly {
  type: new (...args: never[]) => Error;
  verdict: Verdict;
  reason: string;
  advice?: string;
}[] = [
  {
    type: CorruptFileError,
    verdict: 'SourceCorrupt',
    reason: 'it was fetched twice and was no whole file either time',
    advice: 'the file at the source is broken: wait until it is published anew, or load another with --url',
  },
  {
    type: OversizedFileError,
    verdict: 'SourceCorrupt',
    reason: 'the same bytes unpack to as much the next time',
    advice:
      'look at the file at the source; if it is meant to be that large, raise FAREFLOW_MAX_UNPACKED_BYTES of the worker',
  },
  {
    type: CorruptParquetError,
    verdict: 'SourceCorrupt',
    reason: 'the same bytes are as broken the next time',
    advice: 'the file at the source is broken: wait until it is published anew, or load another with --url',
  },
  {
    type: EndlessRecordError,
    verdict: 'BadRow',
    reason: 'the same bytes do not end the next time either',
    advice: 'look at the file there, or load another with --url',
  },
  {
    type: TargetMismatchError,
    verdict: 'TargetRejected',
    reason: 'table and definition differ until somebody changes one of them',
  },
  {
    type: DefinitionError,
    verdict: 'InvalidInput',
    reason: 'the definition came with the load, and stays as it is',
  },
  { type: TruncatedBodyError, verdict: 'retry', reason: 'the download goes on where it stopped' },
];

/** What a failure is about; every message begins with it. */
export interface FailureContext {
  dataset: string;
  month: string;
}

/**
 * The failure that an activity ends with for this error. Terminal failures carry their type; everything else can
 * be retried and keeps its cause.
 */
export function asFailure(error: unknown, { dataset, month }: FailureContext): Error {
  if (error instanceof CancelledFailure) return error;
  const about = `${dataset} ${month}`;
  if (error instanceof ApplicationFailure) {
    return error.message.startsWith(about) ? error : withMessage(error, `${about}: ${error.message}`);
  }
  const row = findRow(error);
  const advice = row?.advice === undefined ? '' : `; ${row.advice}`;
  const message = `${about}: ${describe(error)}${advice}`;
  const cause = error instanceof Error ? error : new Error(String(error));
  if (row === undefined || row.verdict === 'retry') {
    const delay = error instanceof HttpStatusError ? error.retryAfterMs : undefined;
    return ApplicationFailure.create({
      message,
      type: cause.name,
      cause,
      ...(delay === undefined ? {} : { nextRetryDelay: delay }),
    });
  }
  return ApplicationFailure.create({ message, type: row.verdict, nonRetryable: true, cause });
}

/** Whether PostgreSQL found a value that does not fit its column. */
export function isDataError(error: unknown): error is pg.DatabaseError {
  return error instanceof pg.DatabaseError && /^22|^23502|^23514/.test(error.code ?? '');
}

/** Whether PostgreSQL found a key twice. */
export function isUniqueViolation(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === '23505';
}

function findRow(error: unknown): { verdict: Verdict; advice?: string } | undefined {
  if (error instanceof pg.DatabaseError) return sqlStates.find((row) => row.matches.test(error.code ?? ''));
  if (error instanceof HttpStatusError)
    return httpStatuses.find((row) => row.matches.test(String(error.status)));
  return classes.find((row) => error instanceof row.type);
}

/** An error in one line, with what it hides: fetch tells only its cause what happened. */
function describe(error: unknown): string {
  if (error instanceof AggregateError && error.message === '' && error.errors.length > 0)
    return error.errors.map(describe).join('; ');
  if (!(error instanceof Error)) return String(error);
  if (error instanceof pg.DatabaseError && error.detail !== undefined)
    return `${error.message} (${error.detail})`;
  const message = error.message || ((error as NodeJS.ErrnoException).code ?? error.name);
  return error.cause instanceof Error ? `${message}: ${describe(error.cause)}` : message;
}

function withMessage(failure: ApplicationFailure, message: string): ApplicationFailure {
  return ApplicationFailure.create({
    message,
    ...(failure.type == null ? {} : { type: failure.type }),
    nonRetryable: failure.nonRetryable ?? false,
    details: failure.details ?? [],
    ...(failure.cause === undefined ? {} : { cause: failure.cause }),
    ...(failure.nextRetryDelay == null ? {} : { nextRetryDelay: failure.nextRetryDelay }),
    ...(failure.category == null ? {} : { category: failure.category }),
  });
}
