/** What many runs did and suffered, counted. */
import type { RunPlan } from './plan.ts';
import type { RunResult } from './run.ts';

/** How often each of some things happened. */
export type Counts = Record<string, number>;

export interface Tally {
  runs: number;
  workflows: number;
  loadsCommitted: number;
  /** Loads that were to be started while they ran already. */
  repeatedStarts: number;
  /** Runs by what they had. */
  runsWith: Counts;
  committedOf: Counts;
  committedBy: Counts;
  /** Faults that struck, by kind and by the point that a load had reached. */
  faults: Record<string, Counts>;
  /** Answers of the source. */
  answers: Counts;
}

export function newTally(): Tally {
  return {
    runs: 0,
    workflows: 0,
    loadsCommitted: 0,
    repeatedStarts: 0,
    runsWith: {},
    committedOf: {},
    committedBy: {},
    faults: {},
    answers: {},
  };
}

export function addRun(tally: Tally, plan: RunPlan, result: RunResult): void {
  tally.runs++;
  tally.workflows += result.loads;
  tally.loadsCommitted += result.entries.length;
  tally.repeatedStarts += result.repeatedStarts;
  for (const { dataset, source, mode } of result.entries) {
    add(tally.committedOf, `${dataset} ${source}`);
    add(tally.committedBy, mode);
  }
  for (const { kind, point } of result.struck) add((tally.faults[kind] ??= {}), point);
  for (const [kind, times] of result.served) add(tally.answers, kind, times);
  const clocks = plan.clocks.slice(0, plan.workers);
  if (clocks.some(({ offsetMs }) => offsetMs !== 0)) add(tally.runsWith, 'a wrong clock');
  if (plan.diskFull && result.skipped.length === 0) add(tally.runsWith, 'a full disk');
  if (plan.waves.some(({ republish }) => republish.length > 0)) add(tally.runsWith, 'republished files');
  add(tally.runsWith, plan.workers === 1 ? '1 worker' : `${plan.workers} workers`);
}

/** Faults that struck, of whatever kind. */
export function faultsOf({ faults }: Tally): number {
  return Object.values(faults)
    .flatMap((counts) => Object.values(counts))
    .reduce((sum, times) => sum + times, 0);
}

function add(counts: Counts, name: string, times = 1): void {
  counts[name] = (counts[name] ?? 0) + times;
}
