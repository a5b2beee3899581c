/** Workers as processes of their own, which can be killed. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { type CliResult, type RunningCli, startCli } from './cli.ts';

/** What a worker works with. */
export interface WorkerOptions {
  databaseUrl: string;
  temporalAddress: string;
  taskQueue?: string;
  namespace?: string;
  csvUrl?: string;
  env?: Readonly<Record<string, string>>;
  /** A host of its own by default: workers of one home share a cache. */
  home?: string;
}

/** A worker that is ready. */
export interface TestWorker {
  readonly home: string;
  /** Resolves once the pattern is in its log. */
  wrote(pattern: RegExp): Promise<void>;
  /** Ends it at once, as a power cut would. */
  kill(): Promise<CliResult>;
  /** Tells it to stop, and resolves when it has. */
  terminate(): Promise<CliResult>;
  /** The files of loads in its host's cache. */
  cachedFiles(): Promise<string[]>;
}

/** Starts workers, and ends those that are left when the test file ends. */
export function useWorkers(): {
  start(options: WorkerOptions): Promise<TestWorker>;
  logs(): Promise<string>;
} {
  const running = new Set<RunningCli>();
  const ended: Promise<CliResult>[] = [];
  const homes: string[] = [];
  const endAll = async () => {
    for (const { child } of running) child.kill('SIGKILL');
    return Promise.all(ended);
  };
  afterAll(async () => {
    await endAll();
    await Promise.all(homes.map((home) => rm(home, { recursive: true, force: true })));
  });
  return {
    async start(options) {
      const home = options.home ?? (await mkdtemp(join(tmpdir(), 'fareflow-worker-')));
      homes.push(home);
      const worker = await startCli(['worker'], { home, env: environmentOf(options) });
      running.add(worker);
      ended.push(worker.result.finally(() => running.delete(worker)));
      await worker.wrote(/worker is ready/);
      const end = async (signal: NodeJS.Signals) => {
        worker.child.kill(signal);
        return worker.result;
      };
      return {
        home,
        wrote: (pattern) => worker.wrote(pattern),
        kill: () => end('SIGKILL'),
        terminate: () => end('SIGTERM'),
        cachedFiles: () => cachedFiles(home),
      };
    },
    /** Ends every worker and returns what they wrote. */
    async logs() {
      return (await endAll()).map(({ stdout, stderr }) => stdout + stderr).join('');
    },
  };
}

function environmentOf(options: WorkerOptions): Record<string, string> {
  return {
    DATABASE_URL: options.databaseUrl,
    TEMPORAL_ADDRESS: options.temporalAddress,
    FAREFLOW_LOG_LEVEL: 'info',
    ...(options.namespace === undefined ? {} : { TEMPORAL_NAMESPACE: options.namespace }),
    ...(options.taskQueue === undefined ? {} : { FAREFLOW_TASK_QUEUE: options.taskQueue }),
    ...(options.csvUrl === undefined ? {} : { FAREFLOW_CSV_URL: options.csvUrl }),
    ...options.env,
  };
}

async function cachedFiles(home: string): Promise<string[]> {
  const names = await readdir(join(home, '.fareflow', 'cache'));
  return names.filter((name) => name !== 'queue-id');
}
