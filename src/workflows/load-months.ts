/**
 * Loads a list of months, each as a child `loadMonth` under the month's own id, a few at a time. A month that
 * somebody else is loading is waited for, and then costs a look into the ledger. One failed month never hides: the
 * range completes with its name (continueOnError) or fails with it. Cancelling the range cancels its children.
 */
import {
  ApplicationFailure,
  CancellationScope,
  ChildWorkflowCancellationType,
  continueAsNew,
  executeChild,
  ParentClosePolicy,
  WorkflowIdReusePolicy,
  workflowInfo,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  FailureType,
  type LoadMonthInput,
  loadMonthId,
  type LoadMonthsInput,
  type LoadMonthsReport,
  type LoadReport,
  type MonthString,
} from '../contract.ts';
import { monthOf } from '../datasets/month.ts';
import { parseLoadMonthsInput } from '../inputs.ts';
import { reasonOf, validated } from './failures.ts';
import { loadMonth } from './load-month.ts';
import { awaitLoad } from './proxies.ts';
import { createTally, type Tally } from './tally.ts';

const DEFAULT_CONCURRENCY = 4;

export async function loadMonths(unchecked: LoadMonthsInput): Promise<LoadMonthsReport> {
  const input = validated(() => parseLoadMonthsInput(unchecked, monthOf(new Date())));
  const tally = createTally(input);
  const lanes = Math.min(input.concurrency ?? DEFAULT_CONCURRENCY, input.months.length);
  await Promise.all(Array.from({ length: lanes }, () => runLane(input, tally)));
  if (tally.waiting.length > 0 && mayStart(input, tally)) return startOver(input, tally);
  const report = tally.report();
  tally.ended();
  if (report.failed.length > 0 && input.continueOnError !== true) throw monthsFailed(report);
  return report;
}

/** One of the lanes side by side: takes the next month until none is left or no more are to be begun. */
async function runLane(input: LoadMonthsInput, tally: Tally): Promise<void> {
  while (mayStart(input, tally) && !workflowInfo().continueAsNewSuggested) {
    const month = tally.take();
    if (month === undefined) return;
    try {
      tally.succeeded(await loadChild(input, month));
    } catch (error) {
      // A child alone that was cancelled is a failed month; the range goes on.
      if (CancellationScope.current().consideredCancelled) throw error;
      tally.failed({ month, error: reasonOf(error) });
    }
  }
}

async function loadChild(input: LoadMonthsInput, month: MonthString): Promise<LoadReport> {
  const { dataset, source, force, replace, labels } = input;
  const child: LoadMonthInput = {
    dataset,
    month,
    ...(source === undefined ? {} : { source }),
    ...(force === undefined ? {} : { force }),
    ...(replace === undefined ? {} : { replace }),
    ...(labels === undefined ? {} : { labels }),
  };
  for (;;) {
    try {
      return await executeChild(loadMonth, {
        workflowId: loadMonthId(child),
        args: [child],
        workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
        // Terminating a child would skip its clean-up.
        parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
        cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
        staticSummary: `${dataset} ${month}`,
      });
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      await awaitLoad({ dataset, month, workflowId: loadMonthId(child) });
    }
  }
}

function mayStart(input: LoadMonthsInput, tally: Tally): boolean {
  return input.continueOnError === true || tally.report().failed.length === 0;
}

/** A long range goes on in a new run, with a history of its own, once the children under way have ended. */
function startOver(input: LoadMonthsInput, tally: Tally): Promise<never> {
  const { from: _from, to: _to, ...rest } = input;
  return continueAsNew<typeof loadMonths>({ ...rest, months: [...tally.waiting], carried: tally.report() });
}

function monthsFailed(report: LoadMonthsReport): ApplicationFailure {
  const { dataset, failed, notStarted } = report;
  const reasons = failed.map(({ month, error }) => `${month} (${error})`).join('; ');
  const rest = notStarted === 0 ? '' : `; ${notStarted} later months were not started`;
  return ApplicationFailure.nonRetryable(
    `${dataset}: ${failed.length} failed: ${reasons}${rest}`,
    FailureType.MonthsFailed,
    report,
  );
}
