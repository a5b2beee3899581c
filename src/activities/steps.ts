/** What the steps of a load hand to each other by way of the workflow: small facts, never data, never a secret. */
import type {
  LoadOptions,
  LoadReport,
  MonthString,
  PhaseDurations,
  SourceChoice,
  SourceFormat,
} from '../contract.ts';
import type { Packing } from '../source/packing.ts';

/** The month that a step works on. */
export interface MonthRef {
  dataset: string;
  month: MonthString;
  /** The data set itself, if it is not a built-in one. */
  definition?: object;
}

/** A whole file in some host's cache. */
export interface CachedFile {
  /** The queue of the workers that have the file at hand. */
  fileQueue: string;
  source: SourceFormat;
  sourceUrl: string;
  filename: string;
  etag: string | null;
  lastModified: string | null;
  sha256: string;
  bytes: number;
  unpackedBytes: number;
  /** How a CSV file is packed; `gzip` in histories of before 0.2. */
  packing?: Packing;
}

export interface DownloadInput extends MonthRef {
  source: SourceChoice;
  url?: string;
  /** Fetch and load the file even if the ledger has it already. */
  again: boolean;
  /** The load waits for the month: that there is no file yet is an answer, however old the month is. */
  awaited?: boolean;
  /** The month is to be made equal to the file, whatever it was filled from. */
  replace?: boolean;
}

export type DownloadResult =
  | {
      outcome: 'fetched';
      file: CachedFile;
      durationMs: number;
      /** Only so many loads may work in the database at a time: `awaitTurn` says when it is this one's turn. */
      awaitsTurn?: true;
    }
  /** The ledger has this very file: there is nothing to do. The report is the earlier load's. */
  | { outcome: 'unchanged'; report: LoadReport; durationMs: number }
  | {
      outcome: 'not_published';
      source: SourceFormat;
      sourceUrl: string;
      filename: string;
      /** What the source said; not in histories of before 0.2. */
      answer?: string;
      durationMs: number;
    };

export interface TurnInput extends MonthRef {
  /** As Temporal counts: the lower number first. */
  priority: number;
}

export interface CopyInput extends MonthRef {
  file: CachedFile;
  onBadRow?: LoadOptions['onBadRow'];
  maxBadRows?: LoadOptions['maxBadRows'];
  onNewColumn?: LoadOptions['onNewColumn'];
}

export interface CopyResult {
  loadId: number;
  rowsCopied: number;
  /** Rows set aside; the file has `rowsCopied + rejected`. */
  rejected: number;
  ignoredColumns: string[];
  durationMs: number;
}

export interface HashInput extends MonthRef {
  loadId: number;
}

export interface HashResult {
  duplicates: number;
  /** Rows that share their natural key with another, different row. */
  keyTwins: number;
  outsideMonth: number;
  outsideMonths: MonthString[];
  durationMs: number;
}

export interface MergeInput extends MonthRef {
  loadId: number;
  file: CachedFile;
  rowsCopied: number;
  rejected: number;
  ignoredColumns: string[];
  hashed: HashResult;
  mode: 'load' | 'force' | 'replace';
  labels: NonNullable<LoadOptions['labels']>;
  /** When the load began, ISO 8601. */
  startedAt: string;
  phases: Omit<PhaseDurations, 'merge'>;
}

export interface DropInput extends MonthRef {
  /** The file that the load used, to be removed from this host's cache. */
  sha256: string | null;
}

/** What clearing up found out. */
export interface DropResult {
  /** What the ledger has of this run, once nothing can be merged any more; null if it was not committed. */
  loaded: LoadReport | null;
}

export interface RemoveInput extends MonthRef {
  labels: NonNullable<LoadOptions['labels']>;
  /** When the reset began, ISO 8601. */
  startedAt: string;
}

export interface AwaitLoadInput extends MonthRef {
  workflowId: string;
  /** Go on waiting also while that load itself waits for the month to be published. */
  untilPublished?: boolean;
}

export interface AwaitLoadResult {
  /** What is to be said of a month whose load goes on waiting for its publication. */
  notPublished: LoadReport;
}

export interface StartScheduledInput extends Omit<MonthRef, 'month'> {
  /** The time that the schedule meant, ISO 8601. */
  scheduledAt: string;
  timezone: string;
  /** How many periods before that time's own is the one to load. */
  lag: number;
  /** How many periods before that one are looked at again. */
  recheck: number;
  options: LoadOptions;
}
