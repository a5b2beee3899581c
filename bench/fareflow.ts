/** One month through fareflow, from the start of its workflow to its end. */
import { Client, Connection } from '@temporalio/client';
import { loadMonthId, type LoadOptions, type LoadReport, type PhaseDurations } from '../src/contract.ts';
import type { Stack } from '../src/stack/start-stack.ts';

export interface MeasuredLoad {
  month: string;
  status: LoadReport['status'];
  rows: number;
  wholeMs: number;
  phases: PhaseDurations;
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
  const connection = await Connection.connect({ address: temporalAddress });
  try {
    const client = new Client({ connection });
    const handle = await client.workflow.start('loadMonth', {
      taskQueue: 'fareflow',
      workflowId: loadMonthId({ dataset, month }),
      args: [{ dataset, month, ...options }],
    });
    const report = (await handle.result()) as LoadReport;
    const { startTime, closeTime } = await handle.describe();
    const wholeMs = (closeTime as Date).getTime() - startTime.getTime();
    const activityMs = await activityTime(handle);
    return {
      month,
      status: report.status,
      rows: report.rowsInFile,
      wholeMs,
      phases: report.phases,
      temporalMs: Math.round(wholeMs - activityMs),
    };
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
