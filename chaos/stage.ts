/** A run's own database, task queue, files, source and workers on a lane's servers. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { compareFiles, compareWorkflows, findLeftovers, findPartials, findSessions } from './checks.ts';
import { mountSmallDisk, type SmallDisk } from './disk.ts';
import { type Execution, listExecutions } from './driver.ts';
import { type Entry, readLedger } from './entries.ts';
import type { Fault } from './faults.ts';
import { makeFiles, type RunFile } from './files.ts';
import { createInjector, type Injector } from './injector.ts';
import type { Lane } from './lane.ts';
import type { PlannedFile } from './files.ts';
import { type PostgresProxy, startPostgresProxy } from './postgres-proxy.ts';
import type { Program } from './program.ts';
import { type FaultySource, startSource } from './source.ts';
import { compareWithTruth } from './truth.ts';
import { type Clock, startWorkerPlace, type WorkerPlace } from './workers.ts';

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
  lane: Lane;
  directory: string;
  databaseUrl: string;
  taskQueue: string;
  files: RunFile[];
  source: FaultySource;
  proxies: PostgresProxy[];
  workers: WorkerPlace[];
  injector: Injector;
  /** The ids of the ranges that were started. */
  ranges: string[];
  disk: SmallDisk | undefined;
  /** What could not be done here, and why. */
  skipped: string[];
}

/** Sets everything up; workers are starting when it returns. */
export async function setStage(plan: StagePlan, lane: Lane, program: Program, name: string): Promise<Stage> {
  const directory = join(lane.directory, '..', name);
  await mkdir(directory, { recursive: true });
  const [files] = await Promise.all([makeFiles(plan.files, directory), lane.createDatabase(name)]);
  const disk = plan.diskFull ? await mountSmallDisk(join(directory, 'disk')) : undefined;
  const smallDisk = disk !== undefined && 'directory' in disk ? disk : undefined;
  const hosts = createHosts(directory, smallDisk);
  const workers: WorkerPlace[] = [];
  const ranges: string[] = [];
  const injector = createInjector(plan.faults, {
    ...{ lane, files, workers },
    source: () => source,
    ranges: () => ranges,
    elsewhere: hosts.another,
  });
  const source = await startSource(files, async (point, { dataset, month }) => {
    const strike = injector.at({ point, dataset, month, worker: undefined });
    return strike === undefined ? 'pass' : strike.act();
  });
  const proxies: PostgresProxy[] = [];
  for (let i = 0; i < plan.workers; i++) {
    const proxy = await startPostgresProxy(lane.postgresPort, ({ point, dataset, month }) =>
      injector.at({ point, dataset, month, worker: workers[i] }),
    );
    proxies.push(proxy);
    const database = new URL(lane.databaseUrl(name));
    database.port = String(proxy.port);
    const env = {
      DATABASE_URL: database.href,
      TEMPORAL_ADDRESS: lane.temporalAddress,
      FAREFLOW_TASK_QUEUE: name,
      FAREFLOW_CSV_URL: source.urlTemplate('csv'),
      FAREFLOW_PARQUET_URL: source.urlTemplate('parquet'),
    };
    const host = plan.sharedCache ? hosts.first : i === 0 ? hosts.first : hosts.another();
    const logFile = join(directory, `worker-${i + 1}.log`);
    workers.push(startWorkerPlace({ program: program.worker, env, ...host, logFile, clock: plan.clocks[i] }));
  }
  return {
    ...{ plan, lane, directory, databaseUrl: lane.databaseUrl(name), taskQueue: name, files, source },
    ...{ proxies, workers, injector, ranges, disk: smallDisk },
    skipped: disk !== undefined && 'skipped' in disk ? [disk.skipped] : [],
  };
}

interface Host {
  home: string;
  cacheDirectory: string;
}

function createHosts(directory: string, disk: SmallDisk | undefined): { first: Host; another: () => Host } {
  let count = 0;
  const another = () => {
    const home = join(directory, `host-${++count}`);
    return { home, cacheDirectory: join(home, 'cache') };
  };
  const first = another();
  if (disk !== undefined) first.cacheDirectory = join(disk.directory, 'cache');
  return { first, another };
}

/** What a stage holds when its loads are over. */
export interface Aftermath {
  findings: string[];
  entries: Entry[];
  executions: Execution[];
}

/** Ends the workers and finds every difference from what must be. */
export async function judge(stage: Stage): Promise<Aftermath> {
  const { lane, databaseUrl, taskQueue, workers, directory, plan } = stage;
  await stage.injector.settled();
  await lane.up();
  const datasets = plan.files.map(({ dataset }) => dataset);
  const executions = await listExecutions(lane.client, taskQueue);
  const isTerminated = executions.some(({ status }) => status === 'TERMINATED');
  if (isTerminated) await letJanitorSweep(stage);
  const ends = await Promise.all(workers.map((worker) => worker.end()));
  const entries = await readLedger(databaseUrl);
  const unknown = await compareFiles(entries, directory);
  const findings = [
    ...unknown,
    ...workers.flatMap(({ unexpected }) => unexpected),
    ...ends.flatMap((end) => (end === 'well' ? [] : [`a worker that was told to stop ended with ${end}`])),
    ...(await compareWorkflows(lane.client, executions, entries, plan)),
    ...(unknown.length > 0 ? [] : await compareWithTruth(databaseUrl, datasets, entries, directory)),
    ...(await findLeftovers(databaseUrl)),
    ...(await findSessions(databaseUrl)),
    // A host that died keeps its files for its own janitor, and so does a load that had no chance to clear up.
    ...(plan.sharedCache && !isTerminated
      ? await findPartials(workers.map((worker) => worker.cacheDirectory))
      : []),
  ];
  return { findings, entries, executions };
}

/** What a terminated load leaves is dropped by the next worker that starts. */
async function letJanitorSweep({ workers, databaseUrl }: Stage): Promise<void> {
  const [worker] = workers as [WorkerPlace];
  await worker.kill(0);
  await sleep(500);
  await worker.ready();
  for (const end = Date.now() + 5_000; Date.now() < end; await sleep(100)) {
    if ((await findLeftovers(databaseUrl)).length === 0) return;
  }
}

/** Takes everything down, and away unless it is to be looked at. */
export async function clearStage(stage: Stage, isWell: boolean): Promise<void> {
  await Promise.all(stage.workers.map((worker) => worker.end()));
  await stage.source.close();
  await Promise.all(stage.proxies.map((proxy) => proxy.close()));
  await stage.disk?.remove();
  if (!isWell) return;
  await stage.lane.dropDatabase(stage.taskQueue);
  await rm(stage.directory, { recursive: true, force: true });
}
