import { activityInfo, getClient } from '@temporalio/activity';
import {
  ApplicationFailure,
  defineSearchAttributeKey,
  SearchAttributeType,
  WorkflowExecutionAlreadyStartedError,
  WorkflowIdConflictPolicy,
  WorkflowIdReusePolicy,
  WorkflowNotFoundError,
} from '@temporalio/common';
import {
  FailureType,
  type LoadMonthInput,
  loadMonthId,
  type ScheduledMonth,
  SearchAttribute,
  WAIT_SIGNAL,
  type WaitOptions,
} from '../contract.ts';
import { type Dataset, datasetOf } from '../datasets/index.ts';
import { periodBefore, periodKind, periodOf } from '../datasets/period.ts';
import { runStep } from './step.ts';
import type { StartScheduledInput } from './steps.ts';

const triggeredBy = defineSearchAttributeKey(SearchAttribute.TriggeredBy, SearchAttributeType.KEYWORD);

/**
 * Starts the loads that a schedule asks for: that of the month which its time means, and those of the months before
 * it that are to be looked at again, which do not wait for a publication. A month's load that runs already is told to
 * wait for its month too, and is left to it.
 */
export async function startScheduled(input: StartScheduledInput): Promise<ScheduledMonth[]> {
  const { scheduledAt, dataset } = input;
  return runStep({ dataset, month: scheduledAt }, async () => {
    const [newest, ...earlier] = monthsOf(datasetOf(input), input);
    const { waitUntilPublished: _wait, lookEvery: _every, waitAtMost: _most, ...looking } = input.options;
    const { definition } = input;
    const common = { dataset, ...(definition === undefined ? {} : { definition }) };
    const started: ScheduledMonth[] = [];
    if (newest !== undefined) started.push(await start({ ...common, ...input.options, month: newest }));
    for (const month of earlier) started.push(await start({ ...common, ...looking, month }));
    return started;
  });
}

/** The months that a schedule's time means, newest first; none that the data set never had. */
export function monthsOf(
  dataset: Dataset,
  {
    scheduledAt,
    timezone,
    lag,
    recheck,
  }: Pick<StartScheduledInput, 'scheduledAt' | 'timezone' | 'lag' | 'recheck'>,
): string[] {
  const own = periodOf(dataset, localDay(new Date(scheduledAt), timezone));
  if (periodKind(dataset) === 'whole') return [own];
  const months = Array.from({ length: recheck + 1 }, (_, i) => periodBefore(dataset, own, lag + i));
  return months.filter((month) => month >= dataset.firstMonth);
}

/** The day that it is in a time zone, at noon in UTC. */
function localDay(moment: Date, timeZone: string): Date {
  const fields = { year: 'numeric', month: '2-digit', day: '2-digit' } as const;
  try {
    return new Date(`${new Intl.DateTimeFormat('en-CA', { timeZone, ...fields }).format(moment)}T12:00:00Z`);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw ApplicationFailure.nonRetryable(`timezone: there is no "${timeZone}"`, FailureType.InvalidInput);
  }
}

/** Starts a month's load. One that runs already may be about to end unpublished, so it is told to wait as well. */
async function start(input: LoadMonthInput): Promise<ScheduledMonth> {
  const { month } = input;
  const workflowId = loadMonthId(input);
  const { workflow } = getClient();
  for (;;) {
    try {
      const { firstExecutionRunId: runId } = await workflow.start('loadMonth', {
        taskQueue: activityInfo().taskQueue,
        workflowId,
        args: [input],
        // Whether a file is in already is the ledger's business; a month may be published anew.
        workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
        workflowIdConflictPolicy: WorkflowIdConflictPolicy.FAIL,
        typedSearchAttributes: [{ key: triggeredBy, value: 'schedule' }],
        staticSummary: `${input.dataset} ${month}`,
      });
      return { month, workflowId, runId, started: true };
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
    try {
      const running = workflow.getHandle(workflowId);
      if (input.waitUntilPublished === true) await running.signal(WAIT_SIGNAL, waitOptions(input));
      const { runId } = await running.describe();
      return { month, workflowId, runId, started: false };
    } catch (error) {
      // It has ended between the two.
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    }
  }
}

function waitOptions({ lookEvery, waitAtMost }: LoadMonthInput): WaitOptions {
  return {
    ...(lookEvery === undefined ? {} : { lookEvery }),
    ...(waitAtMost === undefined ? {} : { waitAtMost }),
  };
}
