/** What `npm run bench` finds, as bench/results/report.json has it. */
import type { MeasuredLoad } from '../fareflow.ts';
import type { OtherRun } from '../others.ts';
import type { FirstMonths } from '../sections/first-months.ts';
import type { ManyRows } from '../sections/many-rows.ts';
import type { Reloads } from '../sections/reloads.ts';
import type { TaughtYear } from '../sections/taught-years.ts';
import type { Year } from '../sections/year.ts';

export interface Report {
  machine: Record<string, string | number>;
  /** Rows of a month's file, but for those of `large`. */
  rows: number;
  first: FirstMonths;
  others: OtherRun[];
  taught: TaughtYear[];
  years: Year[];
  reloads: Reloads;
  large: ManyRows;
}

export type { MeasuredLoad };
