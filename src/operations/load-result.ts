/** How a load ended. */
import { type Client, WorkflowFailedError } from '@temporalio/client';
import {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  defaultPayloadConverter,
  TemporalFailure,
  TerminatedFailure,
  TimeoutFailure,
} from '@temporalio/common';
import { loadMonthId, type LoadMonthsReport, type LoadReport, type MonthString } from '../contract.ts';
import type { StartedLoad } from './start-load.ts';

/** The end of one month. */
export type MonthResult = { month: MonthString; report: LoadReport } | { month: MonthString; error: string };

/** What is said of a month that its range ended before. */
export const NOT_STARTED = 'not started';
/** What is said of a month whose load was cancelled. */
export const CANCELLED = 'cancelled';

/** The end of a load, month by month. */
export interface LoadResult {
  months: MonthResult[];
  /** The range's own report, if the load was of more than one month and came to an end of its own. */
  summary: LoadMonthsReport | undefined;
  /** Why the load as a whole ended early, if it did. */
  error: string | undefined;
}

/** Waits for a load's end and collects every month's report. */
export async function awaitResult(client: Client, load: StartedLoad): Promise<LoadResult> {
  const handle = client.workflow.getHandle(load.workflowId, load.runId === '' ? undefined : load.runId);
  if (load.type === 'loadMonth') {
    const month = await monthResult(load.months[0] as MonthString, handle.result() as Promise<LoadReport>);
    return { months: [month], summary: undefined, error: undefined };
  }
  try {
    const summary = (await handle.result()) as LoadMonthsReport;
    return { months: await collectMonths(client, load, summary), summary, error: undefined };
  } catch (error) {
    const why = failureReason(error);
    const summary = summaryOf(error);
    return { months: await collectMonths(client, load, summary), summary, error: why };
  }
}

/** What became of each month; one that was never begun says so. */
async function collectMonths(
  client: Client,
  { workflowId, dataset, months }: StartedLoad,
  summary: LoadMonthsReport | undefined,
): Promise<MonthResult[]> {
  const failed = new Map(summary?.failed.map(({ month, error }) => [month, error]));
  const ends = await readChildren(client, workflowId);
  return months.map((month) => {
    const end = ends.get(loadMonthId({ dataset, month }));
    const error = failed.get(month) ?? (typeof end === 'string' ? end : undefined);
    if (error !== undefined) return { month, error };
    return typeof end === 'object' ? { month, report: end } : { month, error: NOT_STARTED };
  });
}

/**
 * How the children of a range ended, by workflow id, as its own history has it: a month may have been loaded again
 * since, by somebody else. A long range's history is a chain of runs.
 */
async function readChildren(client: Client, workflowId: string): Promise<Map<string, LoadReport | string>> {
  const ends = new Map<string, LoadReport | string>();
  let runId: string | undefined;
  do {
    const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    for (const event of events ?? []) {
      const completed = event.childWorkflowExecutionCompletedEventAttributes;
      const payload = completed?.result?.payloads?.[0];
      if (payload != null) {
        const report = defaultPayloadConverter.fromPayload<LoadReport>(payload);
        ends.set(completed?.workflowExecution?.workflowId ?? '', report);
      }
      // A month whose load goes on waiting for its publication is no child of the range.
      const awaited = event.activityTaskCompletedEventAttributes?.result?.payloads?.[0];
      const { notPublished } =
        (awaited == null ? undefined : defaultPayloadConverter.fromPayload<AwaitedLoad>(awaited)) ?? {};
      if (notPublished !== undefined) ends.set(loadMonthId(notPublished), notPublished);
      const failed = event.childWorkflowExecutionFailedEventAttributes;
      if (failed != null) ends.set(failed.workflowExecution?.workflowId ?? '', 'failed');
      const cancelled = event.childWorkflowExecutionCanceledEventAttributes;
      if (cancelled != null) ends.set(cancelled.workflowExecution?.workflowId ?? '', CANCELLED);
    }
    runId = events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId || undefined;
  } while (runId !== undefined);
  return ends;
}

/** What a range's `awaitLoad` has come back with, if not with nothing. */
interface AwaitedLoad {
  notPublished?: LoadReport;
}

async function monthResult(month: MonthString, result: Promise<LoadReport>): Promise<MonthResult> {
  try {
    return { month, report: await result };
  } catch (error) {
    return { month, error: failureReason(error) };
  }
}

function summaryOf(error: unknown): LoadMonthsReport | undefined {
  const cause = error instanceof WorkflowFailedError ? error.cause : undefined;
  return cause instanceof ApplicationFailure
    ? (cause.details?.[0] as LoadMonthsReport | undefined)
    : undefined;
}

/** Why a workflow failed, in the words of the step that did; every other error is thrown. */
export function failureReason(error: unknown): string {
  if (!(error instanceof WorkflowFailedError)) throw error;
  return wordsOf(error.cause) ?? error.message;
}

/** The words of the step that failed, which say more than those of the error below it. */
function wordsOf(failure: unknown): string | undefined {
  if (failure instanceof CancelledFailure) return CANCELLED;
  if (failure instanceof TerminatedFailure) return 'terminated';
  if (failure instanceof ApplicationFailure) {
    return failure.nonRetryable && failure.type ? `${failure.type}: ${failure.message}` : failure.message;
  }
  if (failure instanceof ActivityFailure && failure.cause instanceof TimeoutFailure) {
    return `${failure.activityType}: ${failure.cause.message}`;
  }
  if (failure instanceof TemporalFailure && failure.cause !== undefined) return wordsOf(failure.cause);
  return failure instanceof Error ? failure.message : undefined;
}
