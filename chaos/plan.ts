/** What one run does and suffers: decided by its seed alone, before anything has been started. */
import type { MonthString } from '../src/contract.ts';
import { addMonths } from '../src/datasets/month.ts';
import { createRandom, hashNumber } from '../src/mirror/random.ts';
import type { MirroredDataset } from '../src/mirror/index.ts';
import { type Chance, createChance } from './chance.ts';
import { type Emphasis, planFaults } from './faults.ts';
import type { StagePlan } from './stage.ts';
import type { Clock } from './workers.ts';
import { planReplies } from './replies.ts';
import type { PlannedFile } from './files.ts';

/** A workflow to start, `afterMs` after its wave has begun. */
export type PlannedLoad = {
  dataset: MirroredDataset;
  afterMs: number;
  mode: 'load' | 'force' | 'replace';
} & (
  | { type: 'loadMonth'; month: MonthString }
  | { type: 'loadMonths'; from: MonthString; to: MonthString; concurrency: number }
);

/** Loads that are started side by side; the next wave begins when all have ended. */
export interface Wave {
  /** Files whose next version is published before. */
  republish: number[];
  loads: PlannedLoad[];
}

/** One run. */
export interface RunPlan extends StagePlan {
  seed: number;
  waves: Wave[];
}

/** The plan of a seed: the same on every machine. */
export function planRun(seed: number, emphasis: Emphasis = 'any'): RunPlan {
  const chance = createChance(createRandom(hashNumber(seed, 4_711)));
  const workers = emphasis === 'any' ? Number(chance.weighted({ '1': 3, '2': 4, '3': 3 })) : 2;
  const files = planFiles(chance, emphasis);
  return {
    seed,
    workers,
    sharedCache: chance.happens(0.6),
    clocks: Array.from({ length: 3 }, () => planClock(chance)),
    diskFull: emphasis === 'any' && chance.happens(0.08),
    files,
    waves: planWaves(chance, files, emphasis === 'any' ? 2 + chance.upTo(2) : 1),
    faults: planFaults(chance, emphasis),
  };
}

function planFiles(chance: Chance, emphasis: Emphasis): PlannedFile[] {
  const both: readonly MirroredDataset[] = ['yellow', 'green'];
  const datasets = emphasis === 'any' && chance.happens(0.5) ? both : [chance.one(both)];
  return datasets.flatMap((dataset) => {
    const first = addMonths('2019-06', chance.upTo(20));
    return Array.from({ length: 1 + chance.upTo(3) }, (_, i) => ({
      dataset,
      month: addMonths(first, i),
      rows: Number(chance.weighted({ '300': 1, '2000': 4, '6000': 3, '20000': 1 })),
      versions: 3,
      seed: chance.upTo(1_000_000),
      etag: chance.weighted({ strong: 6, weak: 1, none: 1 }),
      replies: emphasis === 'any' ? planReplies(chance) : [],
    }));
  });
}

function planWaves(chance: Chance, files: readonly PlannedFile[], count: number): Wave[] {
  return Array.from({ length: count }, (_, n) => {
    const republish = n === 0 ? [] : files.flatMap((_, i) => (chance.happens(0.6) ? [i] : []));
    const loads = Array.from({ length: 1 + chance.upTo(4) }, () => planLoad(chance, files, n));
    if (n === 0) loads.push(...everyMonth(files));
    return { republish, loads };
  });
}

/** One range a data set, so that no month is left out. */
function everyMonth(files: readonly PlannedFile[]): PlannedLoad[] {
  return [...new Set(files.map(({ dataset }) => dataset))].map((dataset) => {
    const months = files.filter((file) => file.dataset === dataset).map(({ month }) => month);
    const [from, to] = [months[0] as string, months.at(-1) as string];
    return { type: 'loadMonths', dataset, from, to, concurrency: 2, afterMs: 50, mode: 'load' };
  });
}

function planLoad(chance: Chance, files: readonly PlannedFile[], wave: number): PlannedLoad {
  const { dataset, month } = chance.one(files);
  const mode = wave === 0 ? 'load' : chance.weighted({ load: 4, force: 2, replace: 3 });
  const afterMs = chance.upTo(1_200);
  if (chance.happens(0.6)) return { type: 'loadMonth', dataset, month, mode, afterMs };
  const last = files.filter((file) => file.dataset === dataset).at(-1) as PlannedFile;
  const concurrency = 1 + chance.upTo(2);
  return { type: 'loadMonths', dataset, from: month, to: last.month, concurrency, mode, afterMs };
}

function planClock(chance: Chance): Clock {
  if (!chance.happens(0.1)) return { offsetMs: 0, rightAfterMs: 0 };
  const offsetMs = chance.one([-1, 1]) * chance.one([5_000, 3_600_000, 30 * 3_600_000]);
  return { offsetMs, rightAfterMs: chance.upTo(4_000) };
}
