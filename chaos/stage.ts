/** A run's own files, database and history on a site. */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { compareFiles, compareWorkflows, findLeftovers, findPartials, findSessions } from './checks.ts';
import type { Berth } from './crew.ts';
import { mountSmallDisk, type SmallDisk } from './disk.ts';
import { type Execution, listExecutions, type Started } from './driver.ts';
import { type Entry, readLedger } from './entries.ts';
import type { Fault } from './faults.ts';
import { makeFiles, type PlannedFile, type RunFile } from './files.ts';
import { createInjector, type Injector } from './injector.ts';
import { makeDirectory } from './lane.ts';
import type { Site } from './site.ts';
import type { FaultySource } from './source.ts';
import { compareWithTruth } from './truth.ts';
import type { Clock, WorkerPlace } from './workers.ts';

/** What a stage is made of. */
export interface StagePlan {
  workers: number;
  /** Whether the workers are of one host; else each has a cache of its own. */
  sharedCache: boolean;
  clocks: Clock[];
  /** Whether the first worker's cache lies on a disk that gets full for a while. */
  diskFull: boolean;
  files: PlannedFile[];
  faults: Fault[];
}

export interface Stage {
  plan: StagePlan;
  site: Site;
  /** Files, and what the workers say. */
  directory: string;
  /** Which of the site's workflows are this run's. */
  since: Started;
  files: RunFile[];
  source: FaultySource;
  workers: WorkerPlace[];
  injector: Injector;
  /** The ids of the ranges that were started. */
  ranges: string[];
  disk: SmallDisk | undefined;
  /** What could not be done here, and why. */
  skipped: string[];
}

const RIGHT: Clock = { offsetMs: 0, rightAfterMs: 0 };

/** Sets everything up; workers that are new are starting when it returns. */
export async function setStage(plan: StagePlan, site: Site): Promise<Stage> {
  const { lane, name } = site;
  const directory = await makeDirectory('run-');
  await clearHosts(site);
  const [files] = await Promise.all([
    makeFiles(plan.files, directory),
    lane.dropDatabase(name).then(() => lane.createDatabase(name)),
  ]);
  const disk = plan.diskFull ? await mountSmallDisk(join(directory, 'disk')) : undefined;
  const smallDisk = disk !== undefined && 'directory' in disk ? disk : undefined;
  const workers: WorkerPlace[] = [];
  const ranges: string[] = [];
  let moves = 0;
  const injector = createInjector(plan.faults, {
    lane,
    files,
    workers,
    source: () => source,
    ranges: () => ranges,
    elsewhere: () => hostOf(site, `elsewhere-${++moves}`),
  });
  const source = site.source.present(files, async (point, { dataset, month }) => {
    const strike = injector.at({ point, dataset, month, worker: undefined });
    return strike === undefined ? 'pass' : strike.act();
  });
  const since = { taskQueue: name, since: new Date() };
  workers.push(...(await site.crew.assemble(berthsOf(plan, site, directory, smallDisk))));
  site.proxies.forEach((proxy, i) => {
    proxy.onSighting = ({ point, dataset, month }) =>
      injector.at({ point, dataset, month, worker: workers[i] });
  });
  return {
    plan,
    site,
    directory,
    since,
    files,
    source,
    workers,
    injector,
    ranges,
    disk: smallDisk,
    skipped: disk !== undefined && 'skipped' in disk ? [disk.skipped] : [],
  };
}

function berthsOf(plan: StagePlan, site: Site, directory: string, disk: SmallDisk | undefined): Berth[] {
  return Array.from({ length: plan.workers }, (_, i) => {
    const host = hostOf(site, plan.sharedCache ? 'first' : `number-${i + 1}`);
    // All workers of a host have the same cache.
    const isOnDisk = disk !== undefined && (i === 0 || plan.sharedCache);
    if (isOnDisk) host.cacheDirectory = join(disk.directory, 'cache');
    const logFile = join(directory, `worker-${i + 1}.log`);
    return { ...host, clock: plan.clocks[i] ?? RIGHT, logFile };
  });
}

function hostOf(site: Site, name: string): { home: string; cacheDirectory: string } {
  const home = join(site.directory, 'hosts', name);
  return { home, cacheDirectory: join(home, 'cache') };
}

/** Takes away what the run before has left in caches, which keep their names. */
async function clearHosts(site: Site): Promise<void> {
  const hosts = join(site.directory, 'hosts');
  for (const path of await readdir(hosts, { recursive: true })) {
    if (path.endsWith('.part') || path.endsWith('.file')) await rm(join(hosts, path), { force: true });
  }
}

/** What a stage holds when its loads are over. */
export interface Aftermath {
  findings: string[];
  entries: Entry[];
  executions: Execution[];
}

/** Lets everything come to rest and finds every difference from what must be. */
export async function judge(stage: Stage): Promise<Aftermath> {
  const { site, workers, directory, plan } = stage;
  const { lane, databaseUrl } = site;
  await stage.injector.settled();
  await lane.up();
  const executions = await listExecutions(lane.client, stage.since);
  const isTerminated = executions.some(({ status }) => status === 'TERMINATED');
  if (isTerminated) await letJanitorSweep(stage);
  await Promise.all(workers.map((worker) => worker.ready()));
  // What a lost attempt still has to do, it does now.
  const sessions = await findSessions(databaseUrl);
  const entries = await readLedger(databaseUrl);
  const unknown = await compareFiles(entries, directory);
  const datasets = plan.files.map(({ dataset }) => dataset);
  const caches = [...new Set(workers.map((worker) => worker.cacheDirectory))];
  const findings = [
    ...sessions,
    ...unknown,
    ...(await compareWorkflows(lane.client, executions, entries, plan)),
    ...(unknown.length > 0 ? [] : await compareWithTruth(databaseUrl, datasets, entries, directory)),
    ...(await findLeftovers(databaseUrl)),
    // What an attempt left on another host than that of the load's end is for that host's janitor, and so is what a
    // load left that had no chance to clear up. A worker that was killed may have come back on another host.
    ...(plan.sharedCache && caches.length === 1 && !isTerminated ? await findPartials(caches) : []),
    ...workers.flatMap(({ unexpected }) => unexpected),
  ];
  return { findings, entries, executions };
}

/** What a terminated load leaves is dropped by the next worker that starts. */
async function letJanitorSweep({ workers, site }: Stage): Promise<void> {
  const [worker] = workers as [WorkerPlace];
  await worker.kill(0);
  await worker.ready();
  for (const end = Date.now() + 5_000; Date.now() < end; await sleep(100)) {
    if ((await findLeftovers(site.databaseUrl)).length === 0) return;
  }
}

/** Takes the run's own things away, unless they are to be looked at. */
export async function clearStage(stage: Stage, isWell: boolean): Promise<void> {
  stage.site.proxies.forEach((proxy) => (proxy.onSighting = () => undefined));
  stage.source.withdraw();
  if (stage.disk !== undefined) {
    await stage.site.crew.assemble([]);
    await stage.disk.remove();
  }
  if (isWell) await rm(stage.directory, { recursive: true, force: true });
}
