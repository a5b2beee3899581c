/** A load's run as its history in Temporal tells it: who started it, its steps, what was tried again and why. */
import { type Client, type WorkflowExecutionDescription, WorkflowNotFoundError } from '@temporalio/client';
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import type proto from '@temporalio/proto';
import { SearchAttribute } from '../contract.ts';
import { failureWords } from './failure-words.ts';
import { msOf } from './timestamp.ts';

type HistoryEvent = proto.temporal.api.history.v1.IHistoryEvent;
type PendingActivity = proto.temporal.api.workflow.v1.IPendingActivityInfo;

/** One run of a load's workflow; times are ISO 8601. */
export interface RunFacts {
  workflowId: string;
  runId: string;
  /** `running`, `completed`, `failed`, `cancelled`, `terminated`, `timed_out` or `continued_as_new`. */
  status: string;
  /** What the load says of itself. */
  loadStatus: string | null;
  triggeredBy: string | null;
  /** The load of several months that this one is part of. */
  partOf: string | null;
  startedAt: string;
  endedAt: string | null;
  error: string | null;
  steps: StepFacts[];
}

/** One step of a run. */
export interface StepFacts {
  step: string;
  outcome: 'running' | 'completed' | 'failed' | 'timed_out' | 'cancelled';
  attempts: number;
  /** Why the attempt before the last one failed; Temporal keeps no earlier ones. */
  retryReason: string | null;
  error: string | null;
  taskQueue: string;
  /** The worker of the last attempt. */
  worker: string | null;
  scheduledAt: string;
  startedAt: string | null;
  endedAt: string | null;
}

/** A run, the newest one where no run is named; undefined where Temporal has none (any more). */
export async function readRun(
  client: Client,
  workflowId: string,
  runId?: string,
): Promise<RunFacts | undefined> {
  const handle = client.workflow.getHandle(workflowId, runId);
  let description: WorkflowExecutionDescription;
  try {
    description = await handle.describe();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
  const history = await client.workflow.getHandle(workflowId, description.runId).fetchHistory();
  const events = history.events ?? [];
  const attributes = description.typedSearchAttributes;
  const attribute = (name: string) =>
    attributes.get(defineSearchAttributeKey(name, SearchAttributeType.KEYWORD)) ?? null;
  return {
    workflowId,
    runId: description.runId,
    status: description.status.name.toLowerCase(),
    loadStatus: attribute(SearchAttribute.LoadStatus),
    triggeredBy: attribute(SearchAttribute.TriggeredBy),
    partOf: description.parentExecution?.workflowId ?? null,
    startedAt: description.startTime.toISOString(),
    endedAt: description.closeTime?.toISOString() ?? null,
    error: errorOf(events.at(-1)),
    steps: stepsOf(events, description.raw.pendingActivities ?? []),
  };
}

function errorOf(last: HistoryEvent | undefined): string | null {
  const failure = last?.workflowExecutionFailedEventAttributes?.failure;
  if (failure != null) return failureWords(failure);
  const terminated = last?.workflowExecutionTerminatedEventAttributes;
  return terminated == null ? null : `terminated: ${terminated.reason || 'no reason given'}`;
}

function stepsOf(events: readonly HistoryEvent[], pending: readonly PendingActivity[]): StepFacts[] {
  const steps = new Map<string, StepFacts>();
  const byActivity = new Map<string, StepFacts>();
  const stepOf = (scheduledEventId: unknown) => steps.get(String(scheduledEventId));
  for (const event of events) {
    const at = isoOf(event.eventTime);
    const scheduled = event.activityTaskScheduledEventAttributes;
    if (scheduled != null) {
      const step: StepFacts = {
        step: scheduled.activityType?.name ?? '',
        outcome: 'running',
        attempts: 1,
        retryReason: null,
        error: null,
        worker: null,
        startedAt: null,
        endedAt: null,
        taskQueue: scheduled.taskQueue?.name ?? '',
        scheduledAt: at,
      };
      steps.set(String(event.eventId), step);
      byActivity.set(scheduled.activityId ?? '', step);
    }
    const started = event.activityTaskStartedEventAttributes;
    const begun = started == null ? undefined : stepOf(started.scheduledEventId);
    if (started != null && begun !== undefined) {
      begun.attempts = started.attempt ?? 1;
      begun.worker = started.identity ?? null;
      begun.startedAt = at;
      begun.retryReason = started.lastFailure == null ? null : failureWords(started.lastFailure);
    }
    const end = endOf(event);
    const ended = end === undefined ? undefined : stepOf(end.scheduledEventId);
    if (end !== undefined && ended !== undefined) {
      ended.outcome = end.outcome;
      ended.endedAt = at;
      ended.error = end.failure == null ? null : failureWords(end.failure);
    }
  }
  for (const activity of pending) {
    const step = byActivity.get(activity.activityId ?? '');
    if (step !== undefined) addPending(step, activity);
  }
  return [...steps.values()];
}

/** A step that runs has nothing but its beginning in the history. */
function addPending(step: StepFacts, activity: PendingActivity): void {
  step.attempts = activity.attempt ?? 1;
  step.worker = activity.lastWorkerIdentity || null;
  step.startedAt = activity.lastStartedTime == null ? null : isoOf(activity.lastStartedTime);
  step.retryReason = activity.lastFailure == null ? null : failureWords(activity.lastFailure);
}

function endOf(event: HistoryEvent) {
  const completed = event.activityTaskCompletedEventAttributes;
  if (completed != null) return { ...completed, outcome: 'completed' as const, failure: null };
  const failed = event.activityTaskFailedEventAttributes;
  if (failed != null) return { ...failed, outcome: 'failed' as const };
  const timedOut = event.activityTaskTimedOutEventAttributes;
  if (timedOut != null) return { ...timedOut, outcome: 'timed_out' as const };
  const cancelled = event.activityTaskCanceledEventAttributes;
  return cancelled == null ? undefined : { ...cancelled, outcome: 'cancelled' as const, failure: null };
}

function isoOf(time: HistoryEvent['eventTime']): string {
  return new Date(msOf(time)).toISOString();
}
