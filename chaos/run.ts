/** One run: a fresh database, the plan's loads and faults, and then the truth. */
import { setTimeout as sleep } from 'node:timers/promises';
import { wordsOf } from './checks.ts';
import { listExecutions, startLoad, untilOver } from './driver.ts';
import type { Entry } from './entries.ts';
import type { RunFile } from './files.ts';
import type { Struck } from './injector.ts';
import type { RunPlan } from './plan.ts';
import type { Site } from './site.ts';
import { clearStage, judge, setStage, type Stage } from './stage.ts';

/** How long a wave of loads may take; the longest faults take seconds, but the machine may be busy otherwise. */
const WAVE_MS = 600_000;
const DISK_FULL_MS = 2_500;

/** What became of a run. */
export interface RunResult {
  /** Every difference from what must be; none if all is well. */
  findings: string[];
  /** The faults that struck. */
  struck: readonly Struck[];
  /** How often the source answered how. */
  served: ReadonlyMap<string, number>;
  /** How often a load was to be started that ran already. */
  repeatedStarts: number;
  /** What could not be done here, and why. */
  skipped: string[];
  loads: number;
  /** The ledger. */
  entries: readonly Entry[];
  ms: number;
  /** What the workers wrote, and the files; kept if there are findings. */
  directory: string;
}

/** Runs a plan on a site. */
export async function performRun(plan: RunPlan, site: Site): Promise<RunResult> {
  const begun = Date.now();
  const stage = await setStage(plan, site);
  const { injector, skipped, directory, source } = stage;
  const starts = { repeated: 0 };
  const outcome = { findings: [] as string[], loads: 0, entries: [] as readonly Entry[] };
  try {
    await loadAll(plan, stage, starts).catch(async (error: unknown) => {
      outcome.findings.push(wordsOf(error));
      await terminateAll(stage);
    });
    const { findings, entries, executions } = await judge(stage);
    outcome.findings.push(...findings);
    Object.assign(outcome, { entries, loads: executions.length });
  } catch (error) {
    outcome.findings.push(wordsOf(error));
  }
  await clearStage(stage, outcome.findings.length === 0);
  return {
    ...outcome,
    struck: injector.done,
    served: source.served,
    skipped,
    directory,
    repeatedStarts: starts.repeated,
    ms: Date.now() - begun,
  };
}

async function loadAll(plan: RunPlan, stage: Stage, starts: { repeated: number }): Promise<void> {
  const { site, since, files, source, ranges, workers } = stage;
  const { client } = site.lane;
  await Promise.race(workers.map((worker) => worker.ready()));
  for (const [n, wave] of plan.waves.entries()) {
    wave.republish.forEach((i) => source.republish(files[i] as RunFile));
    if (n === 0) void stage.disk?.fill(DISK_FULL_MS);
    const started: string[] = [];
    await Promise.all(
      wave.loads.map(async (load) => {
        await sleep(load.afterMs);
        const { workflowId, isNew } = await startLoad(client, site.name, load);
        started.push(workflowId);
        if (!isNew) starts.repeated++;
        if (load.type === 'loadMonths') ranges.push(workflowId);
      }),
    );
    await untilOver(client, since, started, WAVE_MS);
  }
}

async function terminateAll({ site, since }: Stage): Promise<void> {
  for (const { workflowId, runId, status } of await listExecutions(site.lane.client, since)) {
    if (status !== 'RUNNING') continue;
    await site.lane.client.workflow
      .getHandle(workflowId, runId)
      .terminate('the run is over')
      .catch(() => undefined);
  }
}
