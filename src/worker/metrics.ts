/**
 * What a worker counts and measures of loads. The instruments are the SDK's own, so that one endpoint shows these
 * metrics beside those of the SDK.
 */
import type { MetricMeter, MetricTags } from '@temporalio/common';
import type { LoadReport } from '../contract.ts';
import type { LedgerFacts } from './ledger-facts.ts';
import type { Phase } from './phase.ts';

/** Of a counter the endpoint adds `_total` to the name, of a histogram its unit. */
const PHASE_DURATION = 'fareflow_phase_duration';

/** The buckets that fit what a phase takes: from the fraction of a second to hours. */
export const histogramBuckets = {
  [PHASE_DURATION]: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600],
};

/** The outcomes of a file's rows, which add up to all of them. */
const ROW_OUTCOMES = ['inserted', 'updated', 'unchanged', 'duplicates', 'rejected'] as const;

const LOAD_OUTCOMES = ['loaded', 'skipped', 'not_published', 'failed', 'cancelled'] as const;

/** What a worker measures of loads. */
export interface Metrics {
  /** A file has arrived. */
  downloaded(dataset: string, source: string, bytes: number): void;
  /** The rows of a file are in the table. */
  merged(report: LoadReport): void;
  phaseEnded(dataset: string, phase: Phase, seconds: number): void;
  /** A phase is tried again because of this. */
  retried(dataset: string, phase: Phase, reason: string): void;
  /** How things stand, by the ledger and by Temporal. */
  readonly stand: (facts: LedgerFacts, now: Date) => void;
}

/** Where a worker is at work, and for which data sets. */
export interface MetricsScope {
  datasets: readonly string[];
  namespace: string;
  taskQueue: string;
}

/** Makes the instruments; counters of the data sets begin at zero, so that their first change is seen as one. */
export function createMetrics(meter: MetricMeter, { datasets, namespace, taskQueue }: MetricsScope): Metrics {
  // Workflows count these (src/workflows/progress.ts), and the SDK adds where.
  const loads = meter.createCounter('fareflow_loads', '', 'Loads that ended, and how');
  const rows = meter.createCounter('fareflow_rows', '', 'Rows of loaded files, by what became of them');
  const removed = meter.createCounter('fareflow_rows_removed', '', 'Rows that replace removed');
  const bytes = meter.createCounter(
    'fareflow_downloaded_bytes',
    '',
    'Bytes of the files that were downloaded',
  );
  const duration = meter.createHistogram(PHASE_DURATION, 'float', 'seconds', 'What a phase of a load took');
  const retries = meter.createCounter('fareflow_retries', '', 'Phases that are tried again, and why');
  const months = meter.createGauge(
    'fareflow_months',
    'int',
    '',
    'Months of the ledger and of Temporal, by status',
  );
  const age = meter.createGauge(
    'fareflow_newest_month_age_seconds',
    'float',
    '',
    'Time since the newest loaded month ended',
  );
  const lookedAt = meter.createGauge(
    'fareflow_ledger_read_timestamp_seconds',
    'float',
    '',
    'When the ledger was read last',
  );
  for (const dataset of datasets) {
    for (const outcome of ROW_OUTCOMES) rows.add(0, { dataset, outcome });
    removed.add(0, { dataset });
    for (const outcome of LOAD_OUTCOMES) {
      loads.add(0, { dataset, outcome, namespace, taskQueue, workflowType: 'loadMonth' });
    }
  }
  return {
    downloaded: (dataset, source, size) => bytes.add(size, { dataset, source }),
    merged(report) {
      const { dataset } = report;
      for (const outcome of ROW_OUTCOMES) rows.add(report[outcome], { dataset, outcome });
      removed.add(report.removed, { dataset });
    },
    phaseEnded: (dataset, phase, seconds) => duration.record(seconds, { dataset, phase }),
    retried: (dataset, phase, reason) => retries.add(1, { dataset, phase, reason }),
    stand({ counts, newestEnds, readAt }, now) {
      for (const [dataset, byStatus] of counts) {
        for (const [status, number] of Object.entries(byStatus)) {
          const tags: MetricTags = { dataset, status };
          months.set(number, tags);
        }
      }
      for (const [dataset, end] of newestEnds) age.set((now.getTime() - end.getTime()) / 1000, { dataset });
      lookedAt.set(readAt.getTime() / 1000);
    },
  };
}
