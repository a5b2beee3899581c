import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { Config } from '../config.ts';
import { startMirror, type TripFileOptions } from '../mirror/index.ts';
import { connectTemporal, stackEndpoint } from '../operations/connect.ts';
import { UserError } from '../operations/errors.ts';
import { planLoad, startLoad } from '../operations/start-load.ts';
import { type Stack, startStack } from '../stack/start-stack.ts';
import { getConfig, note, outputWidth, print } from './context.ts';
import { followLoad } from './follow.ts';
import { untilInterrupted } from './interrupt.ts';
import { renderFailures, renderResult } from './load-report.ts';
import { whereToLook } from './where-to-look.ts';
import { keepWorker } from './worker-process.ts';
import { workerEnvironment } from './worker-environment.ts';

const MONTHS = ['2021-01', '2021-02', '2021-03'];

/** Files as the TLC writes them, with some of everything that makes them hard. */
const FILES: readonly TripFileOptions[] = [
  ...MONTHS.map((month) => ({
    dataset: 'yellow' as const,
    month,
    rows: 250_000,
    keyTwins: 3,
    exactDuplicates: 5,
  })),
  ...MONTHS.map((month) => ({ dataset: 'green' as const, month, rows: 70_000 })),
];

export function addDemo(program: Command): void {
  program
    .command('demo')
    .description('load six generated months through an embedded PostgreSQL and Temporal, and show the result')
    .option('--keep', 'leave everything up afterwards, until Ctrl-C')
    .action(async ({ keep = false }: { keep?: boolean }) => {
      process.exitCode = await demo(getConfig(), keep);
    });
}

async function demo(config: Config, keep: boolean): Promise<0 | 1> {
  // Apart from the data of `fareflow dev`: these trips never happened.
  const home = join(config.home, 'demo');
  await mkdir(home, { recursive: true });
  const interrupted = untilInterrupted();
  const [stack, mirror] = await Promise.all([
    startStack({
      directory: home,
      cacheDirectory: config.toolsDirectory,
      onProgress: note,
      signal: interrupted.signal,
    }),
    startMirror({ months: FILES, directory: join(home, 'mirror') }),
  ]);
  const environment = {
    ...workerEnvironment(stack, home),
    FAREFLOW_CSV_URL: mirror.urlTemplate,
    FAREFLOW_LOG_LEVEL: 'error',
  };
  const worker = keepWorker(environment, (reason) => note(`the worker died (${reason}); starting it again`));
  interrupted.ignore();
  try {
    const code = await Promise.race([loadAll(config, stack), worker.failed.then(workerFailed)]);
    print(whereToLook(stack, home, keep));
    if (keep) await untilInterrupted().promise;
    return code;
  } finally {
    await worker.stop();
    await mirror.close();
    await stack.stop();
  }
}

/** Loads both data sets, one after the other, and prints a table of each. */
async function loadAll(config: Config, stack: Stack): Promise<0 | 1> {
  const temporal = await connectTemporal(stackEndpoint(stack));
  let failed = false;
  try {
    for (const dataset of ['yellow', 'green']) {
      const load = await startLoad(temporal.client, config.taskQueue, planLoad({ dataset, months: MONTHS }));
      const result = await followLoad(temporal, load);
      if (result === undefined) return 1;
      print(`\n${renderResult(dataset, result, outputWidth())}`);
      const failures = renderFailures(dataset, result);
      failures.forEach(note);
      failed ||= failures.length > 0;
    }
    return failed ? 1 : 0;
  } finally {
    await temporal.close();
  }
}

function workerFailed(reason: string): never {
  throw new UserError(reason);
}
