import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { loadMonthId } from '../contract.ts';
import { type Cancellation, cancelLoads } from '../operations/cancel-load.ts';
import { connectTemporal, findTemporal } from '../operations/connect.ts';
import { loadIdOf } from '../operations/start-load.ts';
import { findNamed } from './dataset-file.ts';
import { findBuiltIn, getConfig, note } from './context.ts';
import { seconds } from './format.ts';
import { parseMonth, parseMonths } from './months.ts';

/** A load that a living worker has ends within a few seconds; one of a dead worker when its silence is noticed. */
const PATIENCE_MS = 60_000;

interface CancelFlags {
  datasetFile?: string;
  detach?: boolean;
}

export function addCancel(program: Command): void {
  program
    .command('cancel')
    .description('cancel the load of a month or of a range, and wait until it has cleared up after itself')
    .argument('<dataset>')
    .argument('<month...>', 'as `load` was given them: 2021-03, 2021-01..2021-06')
    .option('--dataset-file <file>', 'the file that defines the data set, for ranges of your own')
    .option('--detach', 'ask, and return at once')
    .addHelpText(
      'after',
      '\nExamples:\n  fareflow cancel green 2021-03\n  fareflow cancel yellow 2019-01..2020-12',
    )
    .action(async (dataset: string, words: string[], flags: CancelFlags) => {
      process.exitCode = await cancel(dataset, words, flags);
    });
}

async function cancel(dataset: string, words: string[], flags: CancelFlags): Promise<0 | 1> {
  const { id, months } = await askedFor(dataset, words, flags.datasetFile);
  const temporal = await connectTemporal(await findTemporal(getConfig()));
  try {
    const begun = Date.now();
    const cancellations = await cancelLoads(temporal.client, id, months);
    if (flags.detach === true) {
      for (const { workflowId } of cancellations)
        note(`asked ${workflowId} to cancel; watch it with \`fareflow watch ${workflowId}\``);
      return 0;
    }
    const ended = await Promise.all(cancellations.map((cancellation) => awaitEnd(cancellation, begun)));
    return ended.includes(false) ? 1 : 0;
  } finally {
    await temporal.close();
  }
}

/** The workflow that `load` began with these words, and those of its months. */
async function askedFor(
  dataset: string,
  words: string[],
  file: string | undefined,
): Promise<{ id: string; months: string[] }> {
  const [word = '', ...more] = words;
  if (more.length === 0 && !word.includes('..') && file === undefined) {
    const month = parseMonth(word, await findBuiltIn(dataset));
    return { id: loadMonthId({ dataset, month }), months: [] };
  }
  const named = await findNamed(dataset, file);
  const months = parseMonths(words, named.dataset);
  const { definition } = named;
  const id = loadIdOf({ dataset, months, ...(definition === undefined ? {} : { definition }) });
  return { id, months: months.length > 1 ? months.map((month) => loadMonthId({ dataset, month })) : [] };
}

async function awaitEnd({ workflowId, ended }: Cancellation, begun: number): Promise<boolean> {
  const waiting = new AbortController();
  const end = await Promise.race([ended, sleep(PATIENCE_MS, 'late' as const, { signal: waiting.signal })]);
  waiting.abort();
  if (end === 'late') {
    note(
      `${workflowId} was asked to cancel and has not ended yet: it takes a running worker to clear up; watch it with \`fareflow watch ${workflowId}\``,
    );
    return false;
  }
  const after = `after ${seconds(Date.now() - begun)}`;
  if (end === 'cancelled') note(`${workflowId} is cancelled ${after}, and nothing of it is left`);
  else if ('completed' in end) note(`${workflowId} was complete before it could be cancelled`);
  else note(`${workflowId} failed ${after}, before it could be cancelled: ${end.failed}`);
  return true;
}
