import type { MonthString, SourceFormat } from '../src/contract.ts';
import { monthsBetween } from '../src/datasets/month.ts';
import { periodsBetween } from '../src/datasets/period.ts';
import { findWrittenLayout } from '../src/mirror/written-layout.ts';
import { type ChaosDataset, chaosDataset, shiftPeriod } from './datasets.ts';

const LAST = '2025-06';
/** A run's files are of up to four months, and the neighbours' rows are in them too. */
const NEIGHBOURS = [-1, 0, 1, 2, 3, 4];

const known = new Map<string, MonthString[]>();

/** The months with which a run's files may begin: those of a run are all written in the same way. */
export function firstMonths(dataset: ChaosDataset, formats: readonly SourceFormat[]): MonthString[] {
  if (dataset === 'zones') return ['all'];
  if (dataset === 'bike_trips') return periodsBetween({ period: 'week' }, '2024-W40', '2025-W20');
  const key = [dataset, ...formats].join(' ');
  const months = known.get(key) ?? monthsOf(dataset, formats);
  known.set(key, months);
  return months;
}

function monthsOf(
  dataset: Exclude<ChaosDataset, 'zones' | 'bike_trips'>,
  formats: readonly SourceFormat[],
): MonthString[] {
  const manner = (month: MonthString) =>
    JSON.stringify(formats.map((format) => findWrittenLayout(dataset, format, month)));
  const second = shiftPeriod(dataset, chaosDataset(dataset).firstMonth, 1);
  return monthsBetween(second, LAST).filter(
    (month) => new Set(NEIGHBOURS.map((n) => manner(shiftPeriod(dataset, month, n)))).size === 1,
  );
}
