/** Reading failures inside workflows. */
import {
  ActivityFailure,
  ApplicationFailure,
  rootCause,
  TemporalFailure,
  TimeoutFailure,
} from '@temporalio/workflow';
import { FailureType } from '../contract.ts';
import { InputError } from '../inputs.ts';

/** Whether nobody took a step from its host's queue: the host is gone, and its file with it. */
export function isHostLost(error: unknown): boolean {
  return (
    error instanceof ActivityFailure &&
    error.cause instanceof TimeoutFailure &&
    error.cause.timeoutType === 'SCHEDULE_TO_START'
  );
}

/** Whether the source has another file by now than the one this load began with. */
export function isSourceChanged(error: unknown): boolean {
  return (
    error instanceof ActivityFailure &&
    error.cause instanceof ApplicationFailure &&
    error.cause.type === FailureType.SourceChanged
  );
}

/** What went wrong at the bottom of a failure, with its type where it has one of ours. */
export function reasonOf(error: unknown): string {
  const message = rootCause(error) ?? 'unknown reason';
  const type = typeOf(error);
  return type === undefined ? message : `${type}: ${message}`;
}

function typeOf(error: unknown): string | undefined {
  if (error instanceof ApplicationFailure) return error.nonRetryable ? (error.type ?? undefined) : undefined;
  return error instanceof TemporalFailure ? typeOf(error.cause) : undefined;
}

/** Runs a check of the input; a bad one fails the workflow at once and for good. */
export function validated<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof InputError) throw ApplicationFailure.nonRetryable(error.message, error.type);
    throw error;
  }
}
