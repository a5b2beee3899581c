/** What every step of a load has in common: heartbeats, cancellation, and failures that say what they are about. */
import { activityInfo, cancellationDetails, CancelledFailure, Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { StepProgress } from '../contract.ts';
import type { WorkflowRun } from '../database/staging.ts';
import { asFailure, type FailureContext } from './failures.ts';

/** The SDK passes on about one heartbeat a second; more of them would only cost the event loop time. */
const BEAT_INTERVAL_MS = 200;
/** How often a step repeats what it last said: the answer tells it whether it was cancelled. */
const REPEAT_MS = 1_000;

/** Nothing moved for so long that what the step works with must be given up. */
export class StalledError extends Error {
  override name = 'StalledError';
}

/** A running step. */
export interface Step {
  signal: AbortSignal;
  run: WorkflowRun;
  /** Reports progress; cheap enough for every piece of data. */
  beat(progress: StepProgress & { resume?: unknown }): void;
  /** Tells life from a standstill while one SQL statement works, which says nothing until it is done. */
  beatWhile<T>(progress: StepProgress, work: Promise<T>): Promise<T>;
  /** Runs work that must go on: its signal aborts with a StalledError once nothing was reported for so long. */
  unlessStalled<T>(afterMs: number, work: (step: Step) => Promise<T>): Promise<T>;
  /** Whether another attempt follows on this error, which may then use what this one has left. */
  isFollowed(error: unknown): boolean;
}

/** Runs one step; whatever it throws becomes a failure about this data set and month, retried or not. */
export async function runStep<T>(about: FailureContext, work: (step: Step) => Promise<T>): Promise<T> {
  const context = Context.current();
  const step = createStep(context, about);
  const repeating = setInterval(() => step.repeat(), REPEAT_MS);
  try {
    return await work(step);
  } catch (error) {
    const reason: unknown = context.cancellationSignal.reason;
    if (context.cancellationSignal.aborted) {
      throw reason instanceof CancelledFailure ? reason : new CancelledFailure('the step was cancelled');
    }
    throw asFailure(error, about);
  } finally {
    clearInterval(repeating);
  }
}

function createStep(context: Context, about: FailureContext): Step & { repeat(): void } {
  const { workflowExecution, namespace, attempt, retryPolicy } = activityInfo();
  const run = {
    namespace,
    workflowId: workflowExecution?.workflowId ?? '',
    runId: workflowExecution?.runId ?? '',
  };
  let lastBeat = 0;
  // What the attempt before this one left is not forgotten before there is something newer.
  let said: unknown = activityInfo().heartbeatDetails;
  let movedAt = Date.now();
  const step: Step = {
    signal: context.cancellationSignal,
    run,
    beat(progress) {
      const now = Date.now();
      movedAt = now;
      said = progress;
      if (now - lastBeat < BEAT_INTERVAL_MS) return;
      lastBeat = now;
      context.heartbeat(progress);
    },
    async beatWhile(progress, work) {
      said = progress;
      context.heartbeat(progress);
      const alive = setInterval(() => (movedAt = Date.now()), REPEAT_MS);
      try {
        return await work;
      } finally {
        clearInterval(alive);
      }
    },
    async unlessStalled(afterMs, work) {
      const stall = new AbortController();
      const seconds = afterMs / 1000;
      movedAt = Date.now();
      const watch = setInterval(() => {
        if (Date.now() - movedAt >= afterMs) stall.abort(new StalledError(`nothing moved for ${seconds} s`));
      }, REPEAT_MS);
      try {
        return await work({ ...step, signal: AbortSignal.any([step.signal, stall.signal]) });
      } finally {
        clearInterval(watch);
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
  return { ...step, repeat: () => context.heartbeat(said) };
}
