/** What can be seen of a load from outside: its workflows' state and the heartbeats of the steps at work. */
import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import {
  loadMonthId,
  type LoadMonthsStatus,
  type LoadOutcome,
  type MonthString,
  STATUS_QUERY,
  type StepProgress,
} from '../contract.ts';

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
  bytes: number | undefined;
  totalBytes: number | undefined;
  rows: number | undefined;
  attempt: number;
  /** Why the attempt before failed. */
  lastFailure: string | undefined;
}

/** Every month of a running load, in order. Undefined when no worker answers. */
export async function observeLoad(
  client: Client,
  load: { workflowId: string; dataset: string; months: readonly MonthString[] },
): Promise<MonthProgress[] | undefined> {
  if (load.workflowId === loadMonthId({ dataset: load.dataset, month: load.months[0] as MonthString })) {
    return [await observeMonth(client, load.dataset, load.months[0] as MonthString)];
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
        ? observeMonth(client, load.dataset, month)
        : { month, state: 'waiting' };
    }),
  );
}

async function queryMonths(client: Client, workflowId: string): Promise<LoadMonthsStatus | undefined> {
  const query = () => client.workflow.getHandle(workflowId).query<LoadMonthsStatus>(STATUS_QUERY);
  return client.withDeadline(Date.now() + 5_000, query).catch(() => undefined);
}

async function observeMonth(client: Client, dataset: string, month: MonthString): Promise<MonthProgress> {
  const handle = client.workflow.getHandle(loadMonthId({ dataset, month }));
  const description = await handle.describe().catch(() => undefined);
  return { month, state: 'running', ...runningStep(description) };
}

function runningStep(description: WorkflowExecutionDescription | undefined): RunningStep {
  const activity = description?.raw.pendingActivities?.[0];
  const beat = activity?.heartbeatDetails?.payloads?.[0];
  const progress = beat == null ? undefined : defaultPayloadConverter.fromPayload<StepProgress>(beat);
  return {
    step: activity?.activityType?.name ?? undefined,
    bytes: progress?.bytes,
    totalBytes: progress?.totalBytes ?? undefined,
    rows: progress?.rows,
    attempt: activity?.attempt ?? 1,
    lastFailure: activity?.lastFailure?.message ?? undefined,
  };
}
