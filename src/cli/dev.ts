import type { Command } from 'commander';
import type { Config } from '../config.ts';
import { leaveMirrors } from '../source/home-mirrors.ts';
import { removeDevFile, writeDevFile } from '../stack/dev-file.ts';
import { type Stack, startStack } from '../stack/start-stack.ts';
import { UserError } from '../operations/errors.ts';
import { getConfig, note, print } from './context.ts';
import { psqlCommand } from './psql.ts';
import { untilInterrupted } from './interrupt.ts';
import { workerEnvironment } from './worker-environment.ts';
import { keepWorker, type WorkerProcess } from './worker-process.ts';

/** Where `temporal`, with its defaults, looks; and beside PostgreSQL's own, which may belong to another server. */
const PORTS = { postgres: 5433, temporal: 7233, temporalUi: 8233 };

export function addDev(program: Command): void {
  program
    .command('dev')
    .description('embedded PostgreSQL, Temporal and a worker, kept up until Ctrl-C; data stays in .fareflow/')
    .action(() => dev(getConfig()));
}

async function dev(config: Config): Promise<void> {
  const interrupted = untilInterrupted();
  const stack = await startStack({
    directory: config.home,
    cacheDirectory: config.toolsDirectory,
    onProgress: note,
    temporalAddress: config.temporalAddress,
    preferredPorts: PORTS,
    signal: interrupted.signal,
  });
  let worker: WorkerProcess | undefined;
  try {
    const { databaseUrl, temporalAddress, namespace, temporalUiUrl } = stack;
    await leaveMirrors(config.home);
    await writeDevFile(config.home, {
      temporalAddress,
      namespace,
      databaseUrl,
      temporalUiUrl,
      pid: process.pid,
    });
    worker = keepWorker(workerEnvironment(stack, config.home), (reason) =>
      note(`the worker died (${reason}); starting it again`),
    );
    print(describe(stack, config.home));
    const failure = await Promise.race([interrupted.promise, worker.failed]);
    if (failure !== undefined) throw new UserError(failure);
  } finally {
    await stopAll(stack, worker, config);
  }
}

async function stopAll(stack: Stack, worker: WorkerProcess | undefined, config: Config): Promise<void> {
  const impatient = untilInterrupted();
  void impatient.promise.then(() => worker?.kill());
  note('stopping: running steps may finish (Ctrl-C again to end them at once)');
  await worker?.stop();
  await removeDevFile(config.home);
  await stack.stop();
  impatient.ignore();
}

function describe({ databaseUrl, temporalAddress, temporalUiUrl }: Stack, home: string): string {
  return [
    '',
    `PostgreSQL   ${new URL(databaseUrl).host}`,
    `Temporal     ${temporalAddress}`,
    ...(temporalUiUrl === null ? [] : [`Temporal UI  ${temporalUiUrl}`]),
    '',
    'In another terminal, here:',
    '  npx fareflow load green 2021-03',
    `  ${psqlCommand(databaseUrl, home)}`,
    '',
    'Ctrl-C stops everything; the data stays.',
  ].join('\n');
}
