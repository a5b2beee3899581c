/** What one run does and suffers: decided by its seed alone, before anything has been started. */
import type { LoadOptions, MonthString, SourceFormat } from '../src/contract.ts';
import { createRandom, hashNumber } from '../src/mirror/random.ts';
import { type Chance, createChance } from './chance.ts';
import { type ChaosDataset, shiftPeriod } from './datasets.ts';
import { type Emphasis, planFaults } from './faults.ts';
import type { PlannedFile } from './files.ts';
import { firstMonths } from './first-months.ts';
import { planReplies } from './replies.ts';
import type { StagePlan } from './stage.ts';
import type { Clock } from './workers.ts';

/** A workflow to start, `afterMs` after its wave has begun. */
export type PlannedLoad = {
  dataset: ChaosDataset;
  afterMs: number;
  options: LoadOptions;
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

/** So many seeds in a row have workers of one kind, which then need not be started anew for each run. */
const BLOCK = 6;
const WORKERS = [2, 3, 1, 2, 3, 2, 1];

/** The plan of a seed: the same on every machine. */
export function planRun(seed: number, emphasis: Emphasis = 'any'): RunPlan {
  const chance = createChance(createRandom(hashNumber(seed, 4_711)));
  const isAny = emphasis === 'any';
  const files = planFiles(chance, isAny);
  const block = Math.floor(seed / BLOCK);
  return {
    seed,
    workers: isAny ? (WORKERS[block % WORKERS.length] ?? 2) : 2,
    sharedCache: block % 5 < 3,
    clocks: Array.from({ length: 3 }, () => planClock(chance)),
    diskFull: isAny && chance.happens(0.08),
    files,
    waves: planWaves(chance, files, isAny ? 2 + chance.upTo(1) : 1),
    faults: planFaults(chance, emphasis, seed),
  };
}

const WEIGHTS: Readonly<Record<ChaosDataset, number>> = {
  yellow: 5,
  green: 5,
  fhv: 2,
  fhvhv: 2,
  zones: 1.5,
  bike_trips: 2,
};
const FORMATS: Readonly<Record<string, SourceFormat[]>> = {
  csv: ['csv'],
  parquet: ['parquet'],
  both: ['csv', 'parquet'],
};

function howMany(chance: Chance): number {
  return Number(chance.weighted({ '1': 4, '2': 4, '3': 2 }));
}

function planFiles(chance: Chance, isAny: boolean): PlannedFile[] {
  const names: readonly ChaosDataset[] = isAny
    ? Array.from({ length: howMany(chance) }, () => chance.weighted(WEIGHTS))
    : [chance.one(['yellow', 'green'] as const)];
  return [...new Set(names)].flatMap((dataset) => planMonths(chance, dataset, isAny));
}

function planMonths(chance: Chance, dataset: ChaosDataset, isAny: boolean): PlannedFile[] {
  const isTrips = dataset !== 'zones' && dataset !== 'bike_trips';
  const kinds = isAny && isTrips ? chance.weighted({ csv: 5, parquet: 3, both: 2 }) : 'csv';
  const formats = FORMATS[kinds] as SourceFormat[];
  const first = chance.one(firstMonths(dataset, formats));
  const count = dataset === 'zones' ? 1 : howMany(chance);
  return Array.from({ length: count }, (_, i) => ({
    dataset,
    formats,
    month: shiftPeriod(dataset, first, i),
    rows: Number(chance.weighted({ '300': 3, '2000': 5, '6000': 1.5, '20000': 0.3 })),
    versions: 3,
    seed: chance.upTo(1_000_000),
    flaw: isAny && isTrips ? planFlaw(chance) : undefined,
    etag: chance.weighted({ strong: 6, weak: 1, none: 1 }),
    replies: isAny ? planReplies(chance) : [],
  }));
}

function planFlaw(chance: Chance): PlannedFile['flaw'] {
  if (chance.happens(0.8)) return undefined;
  return { version: chance.upTo(2), kind: chance.weighted({ 'bad-rows': 3, 'other-month': 1 }) };
}

function planWaves(chance: Chance, files: readonly PlannedFile[], count: number): Wave[] {
  return Array.from({ length: count }, (_, n) => {
    const republish = n === 0 ? [] : files.flatMap((_, i) => (chance.happens(0.6) ? [i] : []));
    const loads = Array.from({ length: 1 + chance.upTo(2) }, () => planLoad(chance, files, n));
    if (n === 0) loads.push(...everyMonth(chance, files));
    return { republish, loads };
  });
}

/** One range a data set, so that no month is left out. */
function everyMonth(chance: Chance, files: readonly PlannedFile[]): PlannedLoad[] {
  return [...new Set(files.map(({ dataset }) => dataset))].map((dataset) => {
    const own = files.filter((file) => file.dataset === dataset);
    const [first, last] = [own[0] as PlannedFile, own.at(-1) as PlannedFile];
    const options = planOptions(chance, first, 0);
    if (dataset === 'zones') return { type: 'loadMonth', dataset, month: first.month, options, afterMs: 50 };
    const range = { from: first.month, to: last.month, concurrency: 2 };
    return { type: 'loadMonths', dataset, ...range, options, afterMs: 50 };
  });
}

function planLoad(chance: Chance, files: readonly PlannedFile[], wave: number): PlannedLoad {
  const file = chance.one(files);
  const { dataset, month } = file;
  const options = planOptions(chance, file, wave);
  const afterMs = chance.upTo(1_200);
  if (dataset === 'zones' || chance.happens(0.6))
    return { type: 'loadMonth', dataset, month, options, afterMs };
  const last = files.filter((one) => one.dataset === dataset).at(-1) as PlannedFile;
  const concurrency = 1 + chance.upTo(2);
  return { type: 'loadMonths', dataset, from: month, to: last.month, concurrency, options, afterMs };
}

function planOptions(chance: Chance, { formats }: PlannedFile, wave: number): LoadOptions {
  const mode = wave === 0 ? 'load' : chance.weighted({ load: 4, force: 2, replace: 3 });
  const bad = chance.weighted({ fail: 2, quarantine: 2, few: 1 });
  return {
    source: chance.one(formats),
    ...(mode === 'load' ? {} : { [mode]: true }),
    ...(bad === 'fail' ? {} : { onBadRow: 'quarantine' }),
    ...(bad === 'few' ? { maxBadRows: 2 } : {}),
  };
}

function planClock(chance: Chance): Clock {
  if (!chance.happens(0.1)) return { offsetMs: 0, rightAfterMs: 0 };
  const offsetMs = chance.one([-1, 1]) * chance.one([5_000, 3_600_000, 30 * 3_600_000]);
  return { offsetMs, rightAfterMs: chance.upTo(4_000) };
}
