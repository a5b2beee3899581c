/** What schedules do, have done and will do. */
import {
  type Client,
  type ScheduleDescription,
  type ScheduleExecutionResult,
  ScheduleNotFoundError,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import {
  type ScheduledLoadInput,
  type ScheduledLoadReport,
  type ScheduledMonth,
  SearchAttribute,
} from '../contract.ts';
import { cronOf, SCHEDULED_LOAD, withSchedule } from './schedules.ts';

/** A schedule in a list. */
export interface ScheduleLine {
  scheduleId: string;
  dataset: string;
  cron: string | null;
  timezone: string;
  paused: boolean;
  note: string | null;
  lastAt: string | null;
  nextAt: string | null;
}

/** A schedule and what came of it. */
export interface ScheduleStatus extends ScheduleLine {
  input: ScheduledLoadInput;
  createdAt: string;
  updatedAt: string | null;
  next: string[];
  runs: number;
  /** Times that nobody was there to act at, and that are too long ago to be made up for. */
  missed: number;
  recent: ScheduleRun[];
}

/** One time that a schedule has acted. */
export interface ScheduleRun {
  scheduledAt: string;
  workflowId: string;
  /** `running`, `completed`, `failed`… */
  status: string;
  error: string | null;
  loads: (ScheduledMonth & { status: string })[];
}

const loadStatus = defineSearchAttributeKey(SearchAttribute.LoadStatus, SearchAttributeType.KEYWORD);

/** Every schedule of the namespace that starts loads, whoever made it. */
export async function listSchedules(client: Client): Promise<ScheduleLine[]> {
  const ids: string[] = [];
  for await (const { scheduleId, action } of client.schedule.list()) {
    if (action?.workflowType === SCHEDULED_LOAD) ids.push(scheduleId);
  }
  const lines = await Promise.all(
    ids.sort().map(async (id) => {
      try {
        return lineOf(await client.schedule.getHandle(id).describe());
      } catch (error) {
        // It was deleted a moment ago.
        if (!(error instanceof ScheduleNotFoundError)) throw error;
        return undefined;
      }
    }),
  );
  return lines.filter((line) => line !== undefined);
}

/** A data set's schedule with its next times and what came of the last ones. */
export async function readSchedule(client: Client, dataset: string): Promise<ScheduleStatus> {
  const description = await withSchedule(client, dataset, (handle) => handle.describe());
  const { info, action } = description;
  const recent = info.recentActions.toSorted((a, b) => b.takenAt.getTime() - a.takenAt.getTime());
  return {
    ...lineOf(description),
    input: action.args?.[0] as ScheduledLoadInput,
    createdAt: info.createdAt.toISOString(),
    updatedAt: info.lastUpdatedAt?.toISOString() ?? null,
    next: info.nextActionTimes.slice(0, 5).map((time) => time.toISOString()),
    runs: info.numActionsTaken,
    missed: info.numActionsMissedCatchupWindow,
    recent: await Promise.all(recent.map((run) => readRun(client, run))),
  };
}

function lineOf({ scheduleId, spec, action, state, info }: ScheduleDescription): ScheduleLine {
  const input = action.args?.[0] as Partial<ScheduledLoadInput> | undefined;
  const times = info.recentActions.map(({ takenAt }) => takenAt.toISOString()).sort();
  return {
    scheduleId,
    dataset: input?.dataset ?? '?',
    cron: cronOf(spec),
    timezone: spec.timezone ?? 'UTC',
    paused: state.paused,
    note: state.note ?? null,
    lastAt: times.at(-1) ?? null,
    nextAt: state.paused ? null : (info.nextActionTimes[0]?.toISOString() ?? null),
  };
}

async function readRun(
  client: Client,
  { scheduledAt, action }: ScheduleExecutionResult,
): Promise<ScheduleRun> {
  const { workflowId, firstExecutionRunId } = action.workflow;
  const run = { scheduledAt: scheduledAt.toISOString(), workflowId, error: null, loads: [] };
  const handle = client.workflow.getHandle(workflowId, firstExecutionRunId);
  const status = await statusOf(client, workflowId, firstExecutionRunId);
  if (status === 'failed') return { ...run, status, error: await reasonOfFailure(handle.result()) };
  if (status !== 'completed') return { ...run, status };
  const { loads } = (await handle.result()) as ScheduledLoadReport;
  return {
    ...run,
    status,
    loads: await Promise.all(
      loads.map(async (load) => ({ ...load, status: await statusOf(client, load.workflowId, load.runId) })),
    ),
  };
}

/** How a workflow ended or where it stands: in a load's own words, if it has any. */
async function statusOf(client: Client, workflowId: string, runId: string): Promise<string> {
  try {
    const { status, typedSearchAttributes } = await client.workflow.getHandle(workflowId, runId).describe();
    // A load that waits for long goes on in another run.
    if (status.name === 'CONTINUED_AS_NEW') return await statusOf(client, workflowId, '');
    const own = typedSearchAttributes.get(loadStatus);
    const isOwn = status.name === 'RUNNING' || status.name === 'COMPLETED' || status.name === 'FAILED';
    return isOwn && own !== undefined ? own : status.name.toLowerCase();
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    return 'forgotten';
  }
}

async function reasonOfFailure(result: Promise<unknown>): Promise<string> {
  try {
    await result;
    return '';
  } catch (error) {
    const cause: unknown = error instanceof Error ? error.cause : undefined;
    return (cause instanceof Error ? cause : (error as Error)).message;
  }
}
