/** Reading failures inside workflows. */
import {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  isCancellation,
  TemporalFailure,
  TerminatedFailure,
  TimeoutFailure,
  workflowInfo,
} from '@temporalio/workflow';
import { FailureType } from '../contract.ts';
import { InputError } from '../inputs.ts';

/** Longest reason that is passed on: a range of 1,200 failed months must still fit into one payload. */
const MAX_REASON_LENGTH = 500;

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

/** Whether a step ended because of a cancellation, or would be tried again were it not for one. */
export function isCancelled(error: unknown): boolean {
  return (
    isCancellation(error) || (error instanceof ActivityFailure && error.retryState === 'CANCEL_REQUESTED')
  );
}

/** What went wrong, in the words of the step that failed, with its type where it has one of ours. */
export function reasonOf(error: unknown): string {
  return shortened(reason(error));
}

function reason(error: unknown): string {
  if (error instanceof CancelledFailure) return 'cancelled';
  if (error instanceof TerminatedFailure) return 'terminated';
  if (error instanceof ApplicationFailure) {
    return error.nonRetryable && error.type ? `${error.type}: ${error.message}` : error.message;
  }
  if (error instanceof ActivityFailure && error.cause instanceof TimeoutFailure) {
    return `${error.activityType}: ${error.cause.message}`;
  }
  if (error instanceof TemporalFailure && error.cause !== undefined) return reason(error.cause);
  return error instanceof Error ? error.message : String(error);
}

/** The one argument of a workflow, checked; a bad one fails the workflow at once and for good. */
export function validInput<T>(args: readonly unknown[], parse: (input: unknown, now: Date) => T): T {
  try {
    if (args.length > 1) throw new InputError(`the input must be one JSON object, there are ${args.length}`);
    return parse(args[0], new Date());
  } catch (error) {
    // The check depends on the input alone, so whatever it throws is about the input; and any error but an
    // ApplicationFailure would fail the workflow's task instead, which is then tried for ever.
    const type = error instanceof InputError ? error.type : FailureType.InvalidInput;
    throw ApplicationFailure.nonRetryable(shortened((error as Error).message), type);
  }
}

/** What to begin with is told by an earlier run of the chain, never by a person. */
export function checkCarried({ carried }: { carried?: unknown }): void {
  if (carried === undefined || workflowInfo().continuedFromExecutionRunId !== undefined) return;
  throw ApplicationFailure.nonRetryable(
    'carried: is not an option of this workflow; it writes it for itself',
    FailureType.InvalidInput,
  );
}

/** A text that is too long loses its middle: what it is about comes first, what to do about it last. */
function shortened(text: string): string {
  const half = MAX_REASON_LENGTH / 2 - 1;
  return text.length <= MAX_REASON_LENGTH ? text : `${text.slice(0, half)}…${text.slice(-half)}`;
}
