/** The figures of a report that tables, plots and targets are made of. */
import { median } from '../median.ts';
import type { MeasuredLoad, Report } from './types.ts';

export function whole(loads: readonly MeasuredLoad[]): number {
  return median(loads.map(({ wholeMs }) => wholeMs));
}

export function taughtFirst(report: Report): number {
  return median(report.first.taught.map(({ totalMs }) => totalMs));
}

/** The months of the pipeline as it is taught, in milliseconds. */
export function taughtMonths(report: Report): number[] {
  return report.taught[0]?.months.map(({ totalMs }) => totalMs) ?? [];
}

/** A target, and what was found. */
export interface Target {
  what: string;
  limit: string;
  found: string;
  met: boolean;
}

/** What the load is to keep to, on two cores with 1.9 million rows a month. */
export function targets(report: Report): Target[] {
  const { first, others, years, reloads, large } = report;
  const bare = median(first.bare);
  const csv = whole(first.csv);
  const parquet = whole(first.parquet);
  const byMonth = years[0]?.months.map(({ wholeMs }) => wholeMs) ?? [];
  const [start, end] = [median(byMonth.slice(0, 3)), median(byMonth.slice(-3))];
  const months = taughtMonths(report);
  const deduping = others.filter(({ dedupes, ms }) => dedupes && ms.length > 0).map(({ ms }) => median(ms));
  const largeMs = large.months.map(({ wholeMs }) => wholeMs);
  const third = Math.ceil(largeMs.length / 3);
  const largest = large.months.map(({ workerPeakMb }) => workerPeakMb ?? 0);
  return [
    atMost('a new month from CSV, in bare COPYs', csv / bare, 1.5),
    atMost('a new month from Parquet, in bare COPYs', parquet / bare, 1.2),
    atLeast('faster than the taught pipeline, first month', taughtFirst(report) / csv, 4),
    atLeast(`faster than the taught pipeline, month ${months.length}`, (months.at(-1) ?? 0) / end, 8),
    ...(deduping.length === 0
      ? []
      : [atLeast('faster than the fastest other tool that dedupes', Math.min(...deduping) / csv, 4)]),
    atMost('last three months, in first three', end / start, 1.1),
    atMost('an unchanged month, in seconds', whole(reloads.unchanged) / 1000, 0.3),
    atMost('1 % changed, in new months', whole(reloads.changed) / whole(reloads.fresh), 2),
    atMost(
      `${millions(large.rows)} rows: last third of the months, in first third`,
      median(largeMs.slice(-third)) / median(largeMs.slice(0, third)),
      1.1,
    ),
    atMost(
      `${millions(large.rows)} rows: worker's peak at the end, in that after a third`,
      (largest.at(-1) ?? 0) / (largest[third - 1] ?? 1),
      1.1,
    ),
  ];
}

export function millions(rows: number): string {
  return `${(rows / 1e6).toFixed(rows % 1e6 === 0 ? 0 : 1)} million`;
}

function atMost(what: string, found: number, limit: number): Target {
  return { what, limit: `≤ ${limit}`, found: found.toFixed(2), met: found <= limit };
}

function atLeast(what: string, found: number, limit: number): Target {
  return { what, limit: `≥ ${limit}`, found: found.toFixed(2), met: found >= limit };
}
