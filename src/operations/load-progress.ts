/** What can be seen of a load from outside: its workflows' state and the heartbeats of the steps at work. */
import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { defaultPayloadConverter, defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import {
  loadMonthId,
  type LoadMonthsStatus,
  type LoadMonthStatus,
  type LoadOutcome,
  type MonthString,
  type PublicationStatus,
  SearchAttribute,
  STATUS_QUERY,
  type StepProgress,
} from '../contract.ts';
import type { StartedLoad } from './start-load.ts';
import { msOf, type Timestamp } from './timestamp.ts';

/** Where one month stands. */
export type MonthProgress =
  | { month: MonthString; state: 'waiting' }
  | ({ month: MonthString; state: 'running' } & RunningStep)
  | { month: MonthString; state: 'done'; status: LoadOutcome; rows: number; durationMs: number }
  | { month: MonthString; state: 'failed'; error: string };

/** What a month's load is doing now. */
export interface RunningStep {
  /** The step's name; undefined between two steps. */
  step: string | undefined;
  /** What is known of a month that is not published yet, while the load waits for it. */
  publication: PublicationStatus | undefined;
  /** Whether no worker has taken the step, which is not for want of a pause between attempts. */
  waiting: boolean;
  bytes: number | undefined;
  totalBytes: number | undefined;
  rows: number | undefined;
  attempt: number;
  /** Why the attempt before failed. */
  lastFailure: string | undefined;
  /** When the next attempt begins, in milliseconds since 1970, if one is due. */
  nextAttemptAt: number | undefined;
}

const loadStatus = defineSearchAttributeKey(SearchAttribute.LoadStatus, SearchAttributeType.KEYWORD);

/** How long a worker may take to answer before it counts as none. */
const QUERY_MS = 5_000;
/** A worker takes work within milliseconds; what lies for this long, nobody takes. */
const UNTAKEN_MS = 3_000;
/** `PENDING_WORKFLOW_TASK_STATE_SCHEDULED` and `PENDING_ACTIVITY_STATE_SCHEDULED` */
const SCHEDULED = 1;

/** Every month of a running load, in order. Undefined when no worker answers. */
export async function observeLoad(client: Client, load: StartedLoad): Promise<MonthProgress[] | undefined> {
  const description = await describe(client, load.workflowId);
  if (description !== undefined && isUntaken(description)) return undefined;
  if (load.type === 'loadMonth') {
    const month = load.months[0] as MonthString;
    return [{ month, state: 'running', ...(await runningStep(client, description)) }];
  }
  const status = await queryMonths(client, load.workflowId);
  if (status === undefined) return undefined;
  const done = new Map(status.done.map((month) => [month.month, month]));
  const failed = new Map(status.failed.map((month) => [month.month, month]));
  return Promise.all(
    load.months.map(async (month): Promise<MonthProgress> => {
      const ended = done.get(month);
      if (ended !== undefined) {
        return {
          month,
          state: 'done',
          status: ended.status,
          rows: ended.rowsInFile,
          durationMs: ended.durationMs,
        };
      }
      const failure = failed.get(month);
      if (failure !== undefined) return { month, state: 'failed', error: failure.error };
      return status.running.includes(month)
        ? { month, state: 'running', ...(await observeMonth(client, { dataset: load.dataset, month })) }
        : { month, state: 'waiting' };
    }),
  );
}

async function queryMonths(client: Client, workflowId: string): Promise<LoadMonthsStatus | undefined> {
  const query = () => client.workflow.getHandle(workflowId).query<LoadMonthsStatus>(STATUS_QUERY);
  return client.withDeadline(Date.now() + QUERY_MS, query).catch(() => undefined);
}

async function queryPublication(client: Client, workflowId: string): Promise<PublicationStatus | undefined> {
  const query = () => client.workflow.getHandle(workflowId).query<LoadMonthStatus>(STATUS_QUERY);
  const status = await client.withDeadline(Date.now() + QUERY_MS, query).catch(() => undefined);
  return status?.publication ?? undefined;
}

/** What the running load of a month does now. */
export async function observeMonth(
  client: Client,
  load: { dataset: string; month: MonthString },
): Promise<RunningStep> {
  return runningStep(client, await describe(client, loadMonthId(load)));
}

function describe(client: Client, workflowId: string): Promise<WorkflowExecutionDescription | undefined> {
  return client.workflow
    .getHandle(workflowId)
    .describe()
    .catch(() => undefined);
}

/** Whether the workflow wants to go on, and no worker lets it. */
function isUntaken({ raw }: WorkflowExecutionDescription): boolean {
  const task = raw.pendingWorkflowTask;
  return Number(task?.state) === SCHEDULED && isOld(task?.originalScheduledTime ?? task?.scheduledTime);
}

async function runningStep(
  client: Client,
  description: WorkflowExecutionDescription | undefined,
): Promise<RunningStep> {
  const activity = description?.raw.pendingActivities?.[0];
  const beat = activity?.heartbeatDetails?.payloads?.[0];
  const progress = beat == null ? undefined : defaultPayloadConverter.fromPayload<StepProgress>(beat);
  const failure = activity?.lastFailure;
  const scheduled = Number(activity?.state) === SCHEDULED;
  const waits = activity === undefined && description?.typedSearchAttributes.get(loadStatus) === 'waiting';
  return {
    publication: waits ? await queryPublication(client, description.workflowId) : undefined,
    step: activity?.activityType?.name ?? undefined,
    waiting: scheduled && isOld(activity?.scheduledTime),
    bytes: progress?.bytes,
    totalBytes: progress?.totalBytes ?? undefined,
    rows: progress?.rows,
    attempt: activity?.attempt ?? 1,
    lastFailure:
      failure?.timeoutFailureInfo == null ? (failure?.message ?? undefined) : 'its worker went silent',
    nextAttemptAt: scheduled ? msOf(activity?.scheduledTime) : undefined,
  };
}

function isOld(time: Timestamp | null | undefined): boolean {
  return time != null && Date.now() - msOf(time) > UNTAKEN_MS;
}
