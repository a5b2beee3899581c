/** Months through fareflow, from the start of a workflow to its end. */
import { Client, Connection } from '@temporalio/client';
import { loadMonthId, type LoadOptions, type LoadReport, type PhaseDurations } from '../src/contract.ts';
import type { Stack } from '../src/stack/start-stack.ts';

export interface MeasuredLoad {
  month: string;
  status: LoadReport['status'];
  rows: number;
  wholeMs: number;
  phases: PhaseDurations;
  counts: Pick<LoadReport, 'inserted' | 'updated' | 'unchanged' | 'removed'>;
  /** What is left of the whole when the activities' own time, from their start to their end, is taken off. */
  temporalMs: number;
}

/** Loads a month and takes its times from the workflow's history. */
export async function loadThroughTemporal(
  { temporalAddress }: Stack,
  dataset: string,
  month: string,
  options: LoadOptions = {},
): Promise<MeasuredLoad> {
  return withClient(temporalAddress, async (client) => {
    const workflowId = loadMonthId({ dataset, month });
    const input = { dataset, month, ...options };
    const { handle, result, wholeMs } = await runToEnd(client, 'loadMonth', workflowId, input);
    const report = result as LoadReport;
    const activityMs = await activityTime(handle);
    return {
      month,
      status: report.status,
      rows: report.rowsInFile,
      wholeMs,
      phases: report.phases,
      counts: {
        inserted: report.inserted,
        updated: report.updated,
        unchanged: report.unchanged,
        removed: report.removed,
      },
      temporalMs: Math.round(wholeMs - activityMs),
    };
  });
}

/** Milliseconds that a range of months takes, so many of them at a time. */
export async function loadRange(
  { temporalAddress }: Stack,
  dataset: string,
  months: readonly string[],
  concurrency: number,
  options: LoadOptions = {},
): Promise<number> {
  return withClient(temporalAddress, async (client) => {
    const workflowId = `bench-${dataset}-${months[0] ?? ''}-${concurrency}-${Date.now()}`;
    const input = { dataset, months, concurrency, ...options };
    return (await runToEnd(client, 'loadMonths', workflowId, input)).wholeMs;
  });
}

/** Runs a workflow; its time is the one from its start to its end in Temporal's own account. */
async function runToEnd(client: Client, type: string, workflowId: string, input: object) {
  const handle = await client.workflow.start(type, { taskQueue: 'fareflow', workflowId, args: [input] });
  const result: unknown = await handle.result();
  const { startTime, closeTime } = await handle.describe();
  return { handle, result, wholeMs: (closeTime as Date).getTime() - startTime.getTime() };
}

async function withClient<T>(address: string, work: (client: Client) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address });
  try {
    return await work(new Client({ connection }));
  } finally {
    await connection.close();
  }
}

/** Milliseconds between start and completion, over all activities; in a load they never overlap. */
async function activityTime(handle: ReturnType<Client['workflow']['getHandle']>): Promise<number> {
  const { events } = await handle.fetchHistory();
  let sum = 0;
  for (const event of events ?? []) {
    const started = event.activityTaskCompletedEventAttributes?.startedEventId;
    if (started == null) continue;
    const begin = events?.find(({ eventId }) => String(eventId) === String(started));
    sum += milliseconds(event.eventTime) - milliseconds(begin?.eventTime);
  }
  return sum;
}

function milliseconds(time: { seconds?: unknown; nanos?: number | null } | null | undefined): number {
  return Number(time?.seconds ?? 0) * 1000 + (time?.nanos ?? 0) / 1e6;
}
