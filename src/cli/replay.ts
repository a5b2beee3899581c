import { access } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { connectTemporal, findTemporal } from '../operations/connect.ts';
import { UserError } from '../operations/errors.ts';
import type { Replay } from '../worker/replay.ts';
import { getConfig, note, print, UsageError } from './context.ts';

interface ReplayFlags {
  since?: number;
  bundle?: string;
}

export function addReplay(program: Command): void {
  program
    .command('replay')
    .description("hold this build's workflows to histories, of files or of a namespace")
    .argument(
      '[file...]',
      'histories as `temporal workflow show --output json` prints them, or directories of them',
    )
    .option(
      '--since <time>',
      'the histories of all loads that run, or began or ended in this time: 12h, 7d, 4w',
      span,
    )
    .option('--bundle <file>', "a workflow bundle of your own, in place of this build's")
    .addHelpText(
      'after',
      '\nExit code 1 if one differs, with the first difference, or if there is none to\nreplay.\n\nExamples:\n  fareflow replay test/histories\n  fareflow replay --since 7d',
    )
    .action(async (files: string[], flags: ReplayFlags) => {
      process.exitCode = await replay(files, flags);
    });
}

const HOURS = { h: 1, d: 24, w: 168 };

/** A span of time, in milliseconds. */
function span(text: string): number {
  const [, number, unit] = /^(\d{1,5})([hdw])$/.exec(text) ?? [];
  if (unit === undefined)
    throw new InvalidArgumentError('It must be hours, days or weeks, such as 12h, 7d or 4w.');
  return Number(number) * HOURS[unit as keyof typeof HOURS] * 3_600_000;
}

async function replay(files: string[], { since, bundle: file }: ReplayFlags): Promise<0 | 1> {
  if ((files.length === 0) === (since === undefined))
    throw new UsageError(
      'name the files of the histories, or with --since the time whose loads are replayed',
    );
  const bundle = file === undefined ? undefined : resolve(file);
  if (bundle !== undefined)
    await access(bundle).catch((error: unknown) => {
      throw new UserError((error as Error).message);
    });
  // The replayer needs the worker's native module, which no other command does.
  const { replayFiles, replayNamespace } = await import('../worker/replay.ts');
  if (since === undefined) return (await report(replayFiles(files, bundle))) ?? 0;
  const { taskQueue } = getConfig();
  const temporal = await connectTemporal(await findTemporal(getConfig()));
  try {
    const code = await report(replayNamespace(temporal, taskQueue, new Date(Date.now() - since), bundle));
    if (code !== undefined) return code;
    const { namespace } = temporal.endpoint;
    throw new UserError(
      `there is nothing to replay: the namespace ${namespace} knows no load of the task queue ${taskQueue} of that time`,
    );
  } finally {
    await temporal.close();
  }
}

/** Prints how each replayed, up to the first that did not; undefined if there was none. */
async function report(replays: AsyncGenerator<Replay>): Promise<0 | 1 | undefined> {
  let code: 0 | undefined;
  for await (const { name, error } of replays) {
    if (error !== undefined) {
      note(`FAIL  ${name}: ${error}`);
      return 1;
    }
    print(`ok    ${name}`);
    code = 0;
  }
  return code;
}
