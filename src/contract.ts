/**
 * What the rooms of fareflow, and scripts outside of it, agree on: names, workflow ids, inputs, results and
 * failure types. Types and constants only, so that workflow code may import all of it.
 */

/** The task queue of workflows and of every activity that needs no local file. */
export const DEFAULT_TASK_QUEUE = 'fareflow';

/** The queue of the workers that share a cache, and so can take the steps that need its files. */
export function fileQueueOf(taskQueue: string, cacheId: string): string {
  return `${taskQueue}-files-${cacheId}`;
}

/** Query of `loadMonth` and `loadMonths`: where the load stands. */
export const STATUS_QUERY = 'status';

/** Update of `loadMonth`: look now whether the month is published. */
export const CHECK_NOW_UPDATE = 'checkNow';

/** Signal of `loadMonth`: if the month is not published yet, wait until it is. */
export const WAIT_SIGNAL = 'waitUntilPublished';

/** A calendar month, `2021-03`, or what else a file of the data set holds: a week `2021-W05`, a day `2021-03-05`, `all`. */
export type MonthString = string;

/** Which kind of file a month is loaded from; `auto` leaves the choice to the data set. */
export type SourceChoice = 'auto' | SourceFormat;

/** The kinds of file that fareflow reads. */
export type SourceFormat = 'csv' | 'parquet';

/** The options that `loadMonth` and `loadMonths` share. */
export interface LoadOptions {
  /** Which kind of file to load, `auto` by default. */
  source?: SourceChoice;
  /** Load this file in place of the data set's own, or those of a template with `{dataset}` and `{month}`. */
  url?: string;
  /** Load although the ledger says that this very file is in already. */
  force?: boolean;
  /** Make the month equal to the file: rows that the file no longer has are removed. */
  replace?: boolean;
  /** What becomes of a row that does not fit: the load fails (the default), or the row is set aside and explained. */
  onBadRow?: 'fail' | 'quarantine';
  /** How many rows may be set aside before the load fails all the same: a number, or a share such as `1%`; 100 by default. */
  maxBadRows?: number | string;
  /** What becomes of a column that no layout knows: the load fails (the default), or it is reported and left out. */
  onNewColumn?: 'fail' | 'ignore';
  /** Wait for a month that the source does not have yet, instead of ending as `not_published`. */
  waitUntilPublished?: boolean;
  /** How long it is from one look at the source to the next while a load waits: `6 hours` by default. */
  lookEvery?: string;
  /** How long a load waits before it ends as `not_published` after all: `90 days` by default. */
  waitAtMost?: string;
  /** A data set of one's own, in place of a built-in one, as `schema/dataset.schema.json` describes it. */
  definition?: object;
  /** Free words about this load, kept in the ledger. */
  labels?: Record<string, string>;
}

/** Input of the workflow `loadMonth`. */
export interface LoadMonthInput extends LoadOptions {
  dataset: string;
  month: MonthString;
  /** How far an earlier run of this chain has waited (written by continue-as-new, not by people). */
  carried?: CarriedWait;
}

/** What a waiting load hands on to its next run. */
export interface CarriedWait {
  since: string;
  giveUpAt: string;
  looks: number;
}

/** The payload of the signal `waitUntilPublished`. */
export type WaitOptions = Pick<LoadOptions, 'lookEvery' | 'waitAtMost'>;

/** Input of the workflow `scheduledLoad`, which a Temporal Schedule starts. */
export interface ScheduledLoadInput extends Omit<LoadOptions, 'force'> {
  dataset: string;
  /** How many months before the scheduled time's own the month is that is loaded; none by default. */
  lagMonths?: number;
  /** The same of a data set with a file a week. */
  lagWeeks?: number;
  /** The same of a data set with a file a day. */
  lagDays?: number;
  /** In which time zone the scheduled time has its month, such as `America/New_York`; `UTC` by default. */
  timezone?: string;
  /** How many months before that one are looked at again. */
  recheck?: number;
}

/** Result of `scheduledLoad`: the loads that it started, or found running. */
export interface ScheduledLoadReport {
  dataset: string;
  /** The time that the schedule meant, ISO 8601. */
  scheduledAt: string;
  loads: ScheduledMonth[];
}

/** One load that a schedule asked for. */
export interface ScheduledMonth {
  month: MonthString;
  workflowId: string;
  runId: string;
  /** False if the month's load was running already. */
  started: boolean;
}

/** Input of the workflow `loadMonths`: a list of months or a range, both ends included. */
export interface LoadMonthsInput extends LoadOptions {
  dataset: string;
  months?: MonthString[];
  from?: MonthString;
  to?: MonthString;
  /** How many months are loaded at a time, 4 by default. */
  concurrency?: number;
  /** Try every month and complete even if some fail; otherwise the first failure stops new starts and fails the range. */
  continueOnError?: boolean;
  /** What an earlier run of this chain has done already (written by continue-as-new, not by people). */
  carried?: LoadMonthsReport;
}

/** Input of the workflow `resetMonth`, which takes a loaded month out of its table. */
export type ResetMonthInput = Pick<LoadMonthInput, 'dataset' | 'month' | 'definition' | 'labels'>;

/** Result of `resetMonth`. */
export interface ResetReport {
  dataset: string;
  month: MonthString;
  /** `not_loaded`: there was nothing to take out. */
  status: 'reset' | 'not_loaded';
  /** The ledger's entry of the reset. */
  loadId: number | null;
  /** Rows that were taken out: all that loads of this month had brought in. */
  removed: number;
  durationMs: number;
}

/** How one load of one month ended. */
export type LoadOutcome = 'loaded' | 'skipped' | 'not_published';

/** What every load counts. `rowsInFile = inserted + updated + unchanged + duplicates + rejected`, always. */
export interface RowCounts {
  rowsInFile: number;
  inserted: number;
  updated: number;
  unchanged: number;
  /** Rows equal to another row of the file in every column, of which one stayed. */
  duplicates: number;
  rejected: number;
  /** Rows of an earlier load of this month that the file no longer has; only `replace` removes any. */
  removed: number;
  /** Rows whose pickup lies outside the file's month. */
  outsideMonth: number;
}

/** Milliseconds that each step's own work took. */
export interface PhaseDurations {
  download: number;
  copy: number;
  hash: number;
  merge: number;
}

/** Result of `loadMonth`, and one row of the ledger. */
export interface LoadReport extends RowCounts {
  dataset: string;
  month: MonthString;
  status: LoadOutcome;
  /** The kind of file that was loaded. */
  source: SourceFormat;
  /** The load that brought the file in (for `skipped`: the earlier one); null where nothing was ever loaded. */
  loadId: number | null;
  sourceUrl: string;
  filename: string;
  etag: string | null;
  sha256: string | null;
  bytes: number;
  durationMs: number;
  phases: PhaseDurations;
  /** What the checks after the load found, in the data set's order. */
  checks: CheckResult[];
  /** Columns of the file that no layout knows and that were left out. */
  ignoredColumns: string[];
}

/** One check of a load's rows against a threshold. */
export interface CheckResult {
  name: string;
  /** The share of rows that the check counts, 0 to 1. */
  share: number;
  /** The greatest share that passes. */
  atMost: number;
  outcome: 'passed' | 'warned';
}

/** One failed month of a range. */
export interface FailedMonth {
  month: MonthString;
  error: string;
}

/** Result of `loadMonths`: how many months ended how, which ones failed and why, and the sums of their rows. */
export interface LoadMonthsReport extends RowCounts {
  dataset: string;
  loaded: number;
  skipped: number;
  notPublished: number;
  failed: FailedMonth[];
  /** Months that were not begun because an earlier one had failed. */
  notStarted: number;
}

/** The steps of a load, as the query `status` and the search attribute `LoadStatus` name them. */
export type LoadPhase =
  | 'starting'
  | 'downloading'
  | 'waiting'
  | 'queued'
  | 'copying'
  | 'hashing'
  | 'merging'
  | LoadOutcome
  | 'failed'
  | 'cancelled';

/** Answer to the query `status` of `loadMonth`. */
export interface LoadMonthStatus {
  dataset: string;
  month: MonthString;
  phase: LoadPhase;
  /** The host queue that holds the file, once it is downloaded. */
  fileQueue: string | null;
  rowsCopied: number | null;
  report: LoadReport | null;
  error: string | null;
  /** While the load waits for the month to be published. */
  publication: PublicationStatus | null;
}

/** What a load that waits for its month knows. */
export interface PublicationStatus {
  /** Since when it waits; all times in ISO 8601. */
  waitingSince: string;
  /** How often it has looked. */
  looks: number;
  lastLookAt: string;
  /** What the source said then, such as `HTTP 404`. */
  lastAnswer: string;
  nextLookAt: string;
  giveUpAt: string;
}

/** Answer to the update `checkNow`. */
export interface CheckNowResult {
  dataset: string;
  month: MonthString;
  /** What the load does after the look: `waiting` if the month is not published yet. */
  phase: LoadPhase;
  publication: PublicationStatus | null;
  /** What the load would report if it ended now; null if the month is published. */
  report: LoadReport | null;
}

/** Answer to the query `status` of `loadMonths`. */
export interface LoadMonthsStatus {
  dataset: string;
  waiting: MonthString[];
  running: MonthString[];
  /** Reports of the months that ended well. */
  done: { month: MonthString; status: LoadOutcome; rowsInFile: number; durationMs: number }[];
  failed: FailedMonth[];
}

/** What a running activity reports in its heartbeats. */
export interface StepProgress {
  step: 'download' | 'copy' | 'hash' | 'merge' | 'reset';
  bytes?: number;
  totalBytes?: number | null;
  rows?: number;
}

/** Types of the failures that no retry can help; every other failure is retried. */
export const FailureType = {
  InvalidInput: 'InvalidInput',
  UnknownDataset: 'UnknownDataset',
  SourceGone: 'SourceGone',
  SourceCorrupt: 'SourceCorrupt',
  /** The source changed its file while a load of it was under way; the load begins anew with the new one. */
  SourceChanged: 'SourceChanged',
  SchemaMismatch: 'SchemaMismatch',
  BadRow: 'BadRow',
  /** The month was filled from another source, whose rows the file's would be added to. */
  SourceConflict: 'SourceConflict',
  /** The rows violate a check of the data set that says: do not load. */
  CheckFailed: 'CheckFailed',
  TargetRejected: 'TargetRejected',
  /** A range ended with failed months; its details hold the report. */
  MonthsFailed: 'MonthsFailed',
} as const;
export type FailureType = (typeof FailureType)[keyof typeof FailureType];

/** Names of the search attributes, all of type Keyword. */
export const SearchAttribute = {
  Dataset: 'Dataset',
  Month: 'Month',
  LoadStatus: 'LoadStatus',
  TriggeredBy: 'TriggeredBy',
} as const;

/** The workflow id of a month's load: the idempotency key, one running load a month and namespace. */
export function loadMonthId(load: { dataset: string; month: MonthString }): string {
  return `load-${load.dataset}-${load.month}`;
}

/** The id of a data set's schedule. */
export function scheduleId(dataset: string): string {
  return `load-${dataset}`;
}

/** The workflow id of a month's reset. */
export function resetMonthId(reset: { dataset: string; month: MonthString }): string {
  return `reset-${reset.dataset}-${reset.month}`;
}

/** The workflow id of a contiguous range's load. */
export function loadMonthsId(range: { dataset: string; from: MonthString; to: MonthString }): string {
  return `load-${range.dataset}-${range.from}-${range.to}`;
}

/** A report with every count at zero, to sum up from. */
export function noRows(): RowCounts {
  return {
    rowsInFile: 0,
    inserted: 0,
    updated: 0,
    unchanged: 0,
    duplicates: 0,
    rejected: 0,
    removed: 0,
    outsideMonth: 0,
  };
}

/** The sum of two loads' counts. */
export function addRows(a: RowCounts, b: RowCounts): RowCounts {
  return {
    rowsInFile: a.rowsInFile + b.rowsInFile,
    inserted: a.inserted + b.inserted,
    updated: a.updated + b.updated,
    unchanged: a.unchanged + b.unchanged,
    duplicates: a.duplicates + b.duplicates,
    rejected: a.rejected + b.rejected,
    removed: a.removed + b.removed,
    outsideMonth: a.outsideMonth + b.outsideMonth,
  };
}
