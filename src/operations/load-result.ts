/** How a load ended. */
import { type Client, WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure, rootCause, TerminatedFailure } from '@temporalio/common';
import { loadMonthId, type LoadMonthsReport, type LoadReport, type MonthString } from '../contract.ts';
import type { StartedLoad } from './start-load.ts';

/** The end of one month. */
export type MonthResult = { month: MonthString; report: LoadReport } | { month: MonthString; error: string };

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
  const [first] = load.months;
  if (load.workflowId === loadMonthId({ dataset: load.dataset, month: first as MonthString })) {
    const month = await monthResult(first as MonthString, handle.result() as Promise<LoadReport>);
    return { months: [month], summary: undefined, error: undefined };
  }
  try {
    const summary = (await handle.result()) as LoadMonthsReport;
    return { months: await collectMonths(client, load, summary), summary, error: undefined };
  } catch (error) {
    const summary = summaryOf(error);
    const months = summary === undefined ? [] : await collectMonths(client, load, summary);
    return { months, summary, error: reason(error) };
  }
}

async function collectMonths(
  client: Client,
  { dataset, months }: StartedLoad,
  summary: LoadMonthsReport,
): Promise<MonthResult[]> {
  const failed = new Map(summary.failed.map(({ month, error }) => [month, error]));
  return Promise.all(
    months.map(async (month) => {
      const error = failed.get(month);
      if (error !== undefined) return { month, error };
      const handle = client.workflow.getHandle(loadMonthId({ dataset, month }));
      return monthResult(month, handle.result() as Promise<LoadReport>);
    }),
  );
}

async function monthResult(month: MonthString, result: Promise<LoadReport>): Promise<MonthResult> {
  try {
    return { month, report: await result };
  } catch (error) {
    return { month, error: reason(error) };
  }
}

function summaryOf(error: unknown): LoadMonthsReport | undefined {
  const cause = error instanceof WorkflowFailedError ? error.cause : undefined;
  return cause instanceof ApplicationFailure
    ? (cause.details?.[0] as LoadMonthsReport | undefined)
    : undefined;
}

function reason(error: unknown): string {
  if (!(error instanceof WorkflowFailedError)) throw error;
  if (error.cause instanceof CancelledFailure) return 'cancelled';
  if (error.cause instanceof TerminatedFailure) return 'terminated';
  const bottom = rootCause(error.cause) ?? error.message;
  const type = typeOf(error.cause);
  return type === undefined ? bottom : `${type}: ${bottom}`;
}

function typeOf(error: unknown): string | undefined {
  if (error instanceof ApplicationFailure) return error.nonRetryable ? (error.type ?? undefined) : undefined;
  return error instanceof Error && error.cause !== undefined ? typeOf(error.cause) : undefined;
}
