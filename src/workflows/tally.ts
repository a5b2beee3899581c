/** What a range of months has done, is doing and has yet to do. */
import {
  defineQuery,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import {
  addRows,
  type FailedMonth,
  type LoadMonthsInput,
  type LoadMonthsReport,
  type LoadMonthsStatus,
  type LoadReport,
  type MonthString,
  noRows,
  SearchAttribute,
  STATUS_QUERY,
} from '../contract.ts';

/** Failed months that Temporal's own UI shows with their reasons. */
const MAX_SHOWN = 20;

/** Answers where the range stands. */
export const loadMonthsStatus = defineQuery<LoadMonthsStatus>(STATUS_QUERY);

const keyword = (name: string) => defineSearchAttributeKey(name, SearchAttributeType.KEYWORD);
const loadStatus = keyword(SearchAttribute.LoadStatus);
const triggeredBy = keyword(SearchAttribute.TriggeredBy);

/** The books of a range. */
export interface Tally {
  readonly waiting: readonly MonthString[];
  /** Takes the next month, if one is left. */
  take(): MonthString | undefined;
  succeeded(report: LoadReport): void;
  failed(failed: FailedMonth): void;
  /** Puts a month back that was taken and cancelled. */
  interrupted(month: MonthString): void;
  report(): LoadMonthsReport;
  ended(status: 'loaded' | 'failed' | 'cancelled'): void;
}

/** Opens the books, with what earlier runs of this chain have done, and answers the query from them. */
export function createTally(input: LoadMonthsInput & { months: readonly MonthString[] }): Tally {
  const { dataset, carried } = input;
  const sums: LoadMonthsReport = carried ?? {
    dataset,
    loaded: 0,
    skipped: 0,
    notPublished: 0,
    failed: [],
    notStarted: 0,
    ...noRows(),
  };
  const status: LoadMonthsStatus = {
    dataset,
    waiting: [...input.months],
    running: [],
    done: [],
    failed: sums.failed,
  };
  const total = status.waiting.length + sums.loaded + sums.skipped + sums.notPublished + sums.failed.length;
  setHandler(loadMonthsStatus, () => status, {
    description: 'Which months are done, running, waiting, failed',
  });
  upsertSearchAttributes([
    { key: keyword(SearchAttribute.Dataset), value: dataset },
    { key: loadStatus, value: 'running' },
    { key: triggeredBy, value: workflowInfo().typedSearchAttributes.get(triggeredBy) ?? 'manual' },
  ]);

  function ended(month: MonthString): void {
    status.running = status.running.filter((running) => running !== month);
    const done = sums.loaded + sums.skipped + sums.notPublished;
    const failed = sums.failed.slice(0, MAX_SHOWN).map(({ month, error }) => `- ${month}: ${error}`);
    if (sums.failed.length > MAX_SHOWN) failed.push(`- and ${sums.failed.length - MAX_SHOWN} more`);
    setCurrentDetails(
      [`**${dataset}**: ${done} of ${total} months done, ${sums.failed.length} failed`, ...failed].join('\n'),
    );
  }

  return {
    waiting: status.waiting,
    take() {
      const month = status.waiting.shift();
      if (month !== undefined) status.running.push(month);
      return month;
    },
    succeeded(report) {
      const counter = { loaded: 'loaded', skipped: 'skipped', not_published: 'notPublished' } as const;
      sums[counter[report.status]]++;
      Object.assign(sums, addRows(sums, report));
      const { month, status: outcome, rowsInFile, durationMs } = report;
      status.done.push({ month, status: outcome, rowsInFile, durationMs });
      ended(report.month);
    },
    failed(failure) {
      sums.failed.push(failure);
      ended(failure.month);
    },
    interrupted(month) {
      status.running = status.running.filter((running) => running !== month);
      status.waiting.unshift(month);
    },
    report: () => ({
      ...sums,
      failed: sums.failed.toSorted((a, b) => (a.month < b.month ? -1 : 1)),
      notStarted: status.waiting.length,
    }),
    ended(value) {
      upsertSearchAttributes([{ key: loadStatus, value }]);
    },
  };
}
