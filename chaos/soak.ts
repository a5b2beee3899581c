/** `npm run chaos -- soak`: many small months again and again, workers killed at random, and nothing grows. */
import { setTimeout as sleep } from 'node:timers/promises';
import { addMonths } from '../src/datasets/month.ts';
import type { MirroredDataset } from '../src/mirror/index.ts';
import { createRandom } from '../src/mirror/random.ts';
import { createChance } from './chance.ts';
import { startLoad, untilOver } from './driver.ts';
import type { PlannedFile } from './files.ts';
import { compareQuarters, type Sample, takeSample } from './measure.ts';
import type { Site } from './site.ts';
import { clearStage, judge, setStage, type Stage } from './stage.ts';

/** Of each of two data sets. */
const MONTHS = 100;
const FIRST = '2013-08';
const ROWS = 150;
const SAMPLE_MS = 2_000;
const ROUND_MS = 300_000;

/** What a long experiment found, and what it measured in one line. */
export interface Outcome {
  findings: string[];
  summary: string;
  /** What a report has of it. */
  measured: Record<string, unknown>;
}

/** Loads 200 months round after round; the first of three workers is spared, and watched. */
export async function soak(site: Site, seed: number, minutes: number): Promise<Outcome> {
  const datasets: readonly MirroredDataset[] = ['yellow', 'green'];
  const files = datasets.flatMap((dataset) => monthsOf(dataset));
  const stage = await setStage(
    { workers: 3, sharedCache: true, clocks: [], diskFull: false, files, faults: [] },
    site,
  );
  const [watched, ...others] = stage.workers;
  if (watched === undefined) throw new Error('a soak needs workers');
  await Promise.all(stage.workers.map((worker) => worker.ready()));
  const end = Date.now() + minutes * 60_000;
  const samples: Sample[] = [];
  let kills = 0;
  const watching = repeat(end, SAMPLE_MS, async () => {
    samples.push(await takeSample(watched.pid ?? 0, site.databaseUrl));
  });
  const chance = createChance(createRandom(seed));
  const killing = repeat(end, 4_000, async () => {
    await sleep(chance.upTo(8_000));
    await chance.one(others).kill(chance.upTo(1_000));
    kills++;
  });
  const rounds = await loadRounds(stage, datasets, end);
  await Promise.all([watching, killing]);
  const { findings, entries } = await judge(stage);
  const growth = compareQuarters(samples);
  findings.push(...growth.findings);
  await clearStage(stage, findings.length === 0);
  const { medians } = growth;
  return {
    findings,
    measured: { rounds, minutes, loadsCommitted: entries.length, workersKilled: kills, medians },
    summary: `${rounds} rounds of ${files.length} months in ${minutes} minutes, ${entries.length} loads committed, ${kills} workers killed; ${growth.summary}`,
  };
}

function monthsOf(dataset: MirroredDataset): PlannedFile[] {
  return Array.from({ length: MONTHS }, (_, i) => ({
    dataset,
    month: addMonths(FIRST, i),
    rows: ROWS,
    versions: 2,
    seed: i,
    formats: [dataset === 'yellow' ? ('csv' as const) : ('parquet' as const)],
    etag: 'strong' as const,
    replies: [],
  }));
}

async function loadRounds(stage: Stage, datasets: readonly MirroredDataset[], end: number): Promise<number> {
  const { site, since, files } = stage;
  const { client } = site.lane;
  let rounds = 0;
  for (; Date.now() < end; rounds++) {
    const started: string[] = [];
    for (const dataset of datasets) {
      const options = { source: dataset === 'yellow' ? ('csv' as const) : ('parquet' as const) };
      const range = { from: FIRST, to: addMonths(FIRST, MONTHS - 1), concurrency: 4, afterMs: 0 };
      const load = await startLoad(client, site.name, {
        type: 'loadMonths',
        dataset,
        options,
        ...range,
      });
      started.push(load.workflowId);
    }
    await untilOver(client, since, started, ROUND_MS);
    // Back and forth between two versions, so that every round has something to do.
    for (const file of files) file.published = 1 - file.published;
  }
  return rounds;
}

async function repeat(end: number, everyMs: number, work: () => Promise<void>): Promise<void> {
  while (Date.now() < end) {
    await work();
    await sleep(everyMs);
  }
}
