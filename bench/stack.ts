/** A stack of the benchmark's own, and workers as processes of their own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import proto from '@temporalio/proto';
import { defaultCacheDirectory } from '../src/stack/cache-directory.ts';
import { type Stack, startStack } from '../src/stack/start-stack.ts';
import { peakMb } from './memory.ts';

// A CommonJS module, whose names Node cannot see.
const { TASK_QUEUE_TYPE_WORKFLOW } = proto.temporal.api.enums.v1.TaskQueueType;

/** A running stack, and where its files are. */
export interface BenchStack extends Stack {
  directory: string;
}

/** A running stack whose worker can be looked at. */
export interface WorkerStack extends BenchStack {
  /** The most memory that the worker has held so far, in megabytes; null where the system does not say. */
  workerPeakMb(): Promise<number | null>;
}

/** Runs `work` against a fresh stack. */
export async function withStack<T>(work: (stack: BenchStack) => Promise<T>): Promise<T> {
  // Beside the files, where the disk is that people would use; a memory disk would flatter everybody.
  await mkdir(resolve('.fareflow', 'bench'), { recursive: true });
  const directory = await mkdtemp(join(resolve('.fareflow', 'bench'), 'stack-'));
  const stack = await startStack({
    directory,
    cacheDirectory: defaultCacheDirectory(process.env, homedir()),
    onProgress: (message) => process.stderr.write(`${message}\n`),
    ui: false,
  });
  try {
    return await work({ ...stack, directory });
  } finally {
    await stack.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

/** Runs `work` beside a worker that takes files from these sources, given as its environment. */
export async function withWorker<T>(
  stack: BenchStack,
  sources: Readonly<Record<string, string>>,
  work: (stack: WorkerStack) => Promise<T>,
): Promise<T> {
  const worker = startWorker(stack, sources);
  try {
    await polling(stack, worker.pid);
    return await work({ ...stack, workerPeakMb: () => peakMb(worker.pid) });
  } finally {
    worker.kill('SIGTERM');
    await once(worker, 'exit');
  }
}

/** Runs `work` against a fresh stack with such a worker. */
export async function withBenchStack<T>(
  sources: Readonly<Record<string, string>>,
  work: (stack: WorkerStack) => Promise<T>,
): Promise<T> {
  return withStack((stack) => withWorker(stack, sources, work));
}

/** Resolves when a worker process asks for workflows. */
async function polling({ temporalAddress, namespace }: BenchStack, pid: number | undefined): Promise<void> {
  const connection = await Connection.connect({ address: temporalAddress });
  try {
    for (;;) {
      const { pollers } = await connection.workflowService.describeTaskQueue({
        namespace,
        taskQueue: { name: 'fareflow' },
        taskQueueType: TASK_QUEUE_TYPE_WORKFLOW,
      });
      if (pollers.some(({ identity }) => identity?.endsWith(`/${pid ?? ''}`) === true)) return;
      await setTimeout(100);
    }
  } finally {
    await connection.close();
  }
}

function startWorker(stack: BenchStack, sources: Readonly<Record<string, string>>): ChildProcess {
  return spawn(process.execPath, [resolve('dist', 'client.js'), 'worker'], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      ...process.env,
      DATABASE_URL: stack.databaseUrl,
      TEMPORAL_ADDRESS: stack.temporalAddress,
      FAREFLOW_HOME: stack.directory,
      ...sources,
      FAREFLOW_LOG_LEVEL: 'warn',
    },
  });
}
