/** One run: a fresh database and task queue, the plan's loads and faults, and then the truth. */
import { setTimeout as sleep } from 'node:timers/promises';
import { wordsOf } from './checks.ts';
import { listExecutions, startLoad, untilOver } from './driver.ts';
import type { Entry } from './entries.ts';
import type { RunFile } from './files.ts';
import type { Struck } from './injector.ts';
import type { Lane } from './lane.ts';
import type { RunPlan } from './plan.ts';
import type { Program } from './program.ts';
import { clearStage, judge, setStage, type Stage } from './stage.ts';

/** How long a wave of loads may take; the longest faults take seconds. */
const WAVE_MS = 120_000;
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

/** Runs a plan on a lane with a program. */
export async function performRun(plan: RunPlan, lane: Lane, program: Program): Promise<RunResult> {
  const begun = Date.now();
  const stage = await setStage(plan, lane, program, `run_${plan.seed}_${begun.toString(36)}`);
  const { injector, skipped, directory } = stage;
  const result = { struck: injector.done, served: stage.source.served, skipped, directory };
  const starts = { repeated: 0 };
  try {
    const stuck = await loadAll(plan, stage, starts).catch(async (error: unknown) => {
      await terminateAll(stage);
      return [wordsOf(error)];
    });
    const { findings, entries, executions } = await judge(stage);
    findings.unshift(...stuck);
    await clearStage(stage, findings.length === 0);
    const counts = { loads: executions.length, entries };
    return { ...result, ...counts, repeatedStarts: starts.repeated, findings, ms: Date.now() - begun };
  } catch (error) {
    await clearStage(stage, false);
    return {
      ...result,
      findings: [wordsOf(error)],
      loads: 0,
      entries: [],
      repeatedStarts: 0,
      ms: Date.now() - begun,
    };
  }
}

async function loadAll(plan: RunPlan, stage: Stage, starts: { repeated: number }): Promise<string[]> {
  const { lane, taskQueue, files, source, ranges, workers } = stage;
  await Promise.race(workers.map((worker) => worker.ready()));
  for (const [n, wave] of plan.waves.entries()) {
    wave.republish.forEach((i) => source.republish(files[i] as RunFile));
    if (n === 0) void stage.disk?.fill(DISK_FULL_MS);
    const started: string[] = [];
    await Promise.all(
      wave.loads.map(async (load) => {
        await sleep(load.afterMs);
        const { workflowId, isNew } = await startLoad(lane.client, taskQueue, load);
        started.push(workflowId);
        if (!isNew) starts.repeated++;
        if (load.type === 'loadMonths') ranges.push(workflowId);
      }),
    );
    await untilOver(lane.client, taskQueue, started, WAVE_MS);
  }
  return [];
}

async function terminateAll({ lane, taskQueue }: Stage): Promise<void> {
  for (const { workflowId, runId, status } of await listExecutions(lane.client, taskQueue)) {
    if (status !== 'RUNNING') continue;
    await lane.client.workflow
      .getHandle(workflowId, runId)
      .terminate('the run is over')
      .catch(() => undefined);
  }
}
