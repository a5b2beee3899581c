/** A stack of the benchmark's own, with a worker as a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { defaultCacheDirectory } from '../src/stack/cache-directory.ts';
import { type Stack, startStack } from '../src/stack/start-stack.ts';

/** A running stack whose worker can be looked at. */
export interface BenchStack extends Stack {
  /** The most memory that the worker has held so far, in megabytes; null where the system does not say. */
  workerPeakMb(): Promise<number | null>;
}

/** Runs `work` against a fresh stack whose worker takes files from these sources, given as its environment. */
export async function withBenchStack<T>(
  sources: Readonly<Record<string, string>>,
  work: (stack: BenchStack) => Promise<T>,
): Promise<T> {
  // Beside the files, where the disk is that people would use; a memory disk would flatter everybody.
  const directory = await mkdtemp(join(resolve('.fareflow', 'bench'), 'stack-'));
  const stack = await startStack({
    directory,
    cacheDirectory: defaultCacheDirectory(process.env, homedir()),
    onProgress: (message) => process.stderr.write(`${message}\n`),
    ui: false,
  });
  const worker = startWorker(stack, directory, sources);
  try {
    return await work({ ...stack, workerPeakMb: () => peakMb(worker.pid) });
  } finally {
    worker.kill('SIGTERM');
    await once(worker, 'exit');
    await stack.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

function startWorker(stack: Stack, home: string, sources: Readonly<Record<string, string>>): ChildProcess {
  return spawn(process.execPath, [resolve('dist', 'client.js'), 'worker'], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      ...process.env,
      DATABASE_URL: stack.databaseUrl,
      TEMPORAL_ADDRESS: stack.temporalAddress,
      FAREFLOW_HOME: home,
      ...sources,
      FAREFLOW_LOG_LEVEL: 'warn',
    },
  });
}

async function peakMb(pid: number | undefined): Promise<number | null> {
  const status = await readFile(`/proc/${pid ?? 0}/status`, 'utf8').catch(() => '');
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
  return kilobytes === undefined ? null : Math.round(Number(kilobytes) / 1024);
}
