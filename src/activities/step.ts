/** What every step of a load has in common: heartbeats, cancellation, and failures that say what they are about. */
import { activityInfo, cancellationDetails, CancelledFailure, Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { StepProgress } from '../contract.ts';
import type { WorkflowRun } from '../database/staging.ts';
import { asFailure, type FailureContext } from './failures.ts';

/** The SDK passes on about one heartbeat a second; more of them would only cost the event loop time. */
const BEAT_INTERVAL_MS = 200;
/** How often a step reports that its SQL statement is still at work. */
const STATEMENT_BEAT_MS = 2_000;

/** A running step. */
export interface Step {
  signal: AbortSignal;
  run: WorkflowRun;
  /** Reports progress; cheap enough for every piece of data. */
  beat(progress: StepProgress & { resume?: unknown }): void;
  /** Reports life while one SQL statement works, which says nothing until it is done. */
  beatWhile<T>(progress: StepProgress, work: Promise<T>): Promise<T>;
  /** Whether another attempt follows on this error, which may then use what this one has left. */
  isFollowed(error: unknown): boolean;
}

/** Runs one step; whatever it throws becomes a failure about this data set and month, retried or not. */
export async function runStep<T>(about: FailureContext, work: (step: Step) => Promise<T>): Promise<T> {
  const context = Context.current();
  try {
    return await work(createStep(context, about));
  } catch (error) {
    const reason: unknown = context.cancellationSignal.reason;
    if (context.cancellationSignal.aborted) {
      throw reason instanceof CancelledFailure ? reason : new CancelledFailure('the step was cancelled');
    }
    throw asFailure(error, about);
  }
}

function createStep(context: Context, about: FailureContext): Step {
  const { workflowExecution, namespace, attempt, retryPolicy } = activityInfo();
  const run = {
    namespace,
    workflowId: workflowExecution?.workflowId ?? '',
    runId: workflowExecution?.runId ?? '',
  };
  let lastBeat = 0;
  return {
    signal: context.cancellationSignal,
    run,
    beat(progress) {
      const now = Date.now();
      if (now - lastBeat < BEAT_INTERVAL_MS) return;
      lastBeat = now;
      context.heartbeat(progress);
    },
    async beatWhile(progress, work) {
      context.heartbeat(progress);
      const timer = setInterval(() => context.heartbeat(progress), STATEMENT_BEAT_MS);
      try {
        return await work;
      } finally {
        clearInterval(timer);
      }
    },
    isFollowed(error) {
      // A worker that shuts down hands its step over; whoever else takes a step from this attempt has begun anew.
      if (context.cancellationSignal.aborted) return cancellationDetails()?.workerShutdown === true;
      const failure = asFailure(error, about);
      if (failure instanceof ApplicationFailure && failure.nonRetryable === true) return false;
      const limit = retryPolicy?.maximumAttempts ?? 0;
      return limit === 0 || attempt < limit;
    },
  };
}
