/**
 * Loads a list of months, each as a child `loadMonth` under the month's own id, a few at a time. A month that
 * somebody else is loading is waited for, and then costs a look into the ledger. One failed month never hides: the
 * range completes with its name (continueOnError) or fails with it. Cancelling the range cancels its children.
 */
import {
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  continueAsNew,
  isCancellation,
  workflowInfo,
} from '@temporalio/workflow';
import { FailureType, type LoadMonthsInput, type LoadMonthsReport, type MonthString } from '../contract.ts';
import { parseLoadMonthsInput } from '../inputs.ts';
import { checkCarried, reasonOf, validInput } from './failures.ts';
import { loadChild } from './load-child.ts';
import { createTally, type Tally } from './tally.ts';

const DEFAULT_CONCURRENCY = 4;
/** Failed months that a range's failure names itself; its details have them all. */
const MAX_NAMED = 10;

export async function loadMonths(...args: [LoadMonthsInput]): Promise<LoadMonthsReport> {
  const input = validInput(args, parseLoadMonthsInput);
  checkCarried(input);
  const tally = createTally(input);
  try {
    await runLanes(input, tally);
  } catch (error) {
    tally.ended('cancelled');
    throw error;
  }
  if (tally.waiting.length > 0 && mayStart(input, tally)) return startOver(input, tally);
  const report = tally.report();
  tally.ended(report.failed.length > 0 ? 'failed' : 'loaded');
  if (report.failed.length > 0 && input.continueOnError !== true) throw monthsFailed(report);
  return report;
}

/** Ends when every lane has, so that even a cancelled range outlasts its children's clean-up. */
async function runLanes(input: LoadMonthsInput & { months: MonthString[] }, tally: Tally): Promise<void> {
  const lanes = Math.min(input.concurrency ?? DEFAULT_CONCURRENCY, input.months.length);
  const ends = await Promise.allSettled(Array.from({ length: lanes }, () => runLane(input, tally)));
  const broken = ends.find((end) => end.status === 'rejected');
  if (broken !== undefined) throw broken.reason;
  // Every child ended in spite of it; a new run of the chain would know nothing of it.
  if (tally.waiting.length > 0 && isCancelled()) throw new CancelledFailure('the range was cancelled');
}

function isCancelled(): boolean {
  return CancellationScope.current().consideredCancelled;
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
      if (isCancellation(error) && isCancelled()) {
        tally.interrupted(month);
        throw error;
      }
      tally.failed({ month, error: reasonOf(error) });
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
  const reasons = failed.slice(0, MAX_NAMED).map(({ month, error }) => `${month} (${error})`);
  if (failed.length > MAX_NAMED) reasons.push(`and ${failed.length - MAX_NAMED} more`);
  if (notStarted > 0) reasons.push(`${notStarted} later months were not started`);
  return ApplicationFailure.nonRetryable(
    `${dataset}: ${failed.length} failed: ${reasons.join('; ')}`,
    FailureType.MonthsFailed,
    report,
  );
}
