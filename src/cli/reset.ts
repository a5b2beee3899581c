import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import { findLatestLoad, type LedgerEntry } from '../database/ledger.ts';
import type { Dataset } from '../datasets/index.ts';
import { connectTemporal, findTemporal, openWarehouse } from '../operations/connect.ts';
import { readLedger } from '../operations/read-ledger.ts';
import { resetMonth } from '../operations/reset-month.ts';
import { findNamed, type NamedDataset } from './dataset-file.ts';
import { getConfig, note, print, printJson, UsageError } from './context.ts';
import { count } from './format.ts';
import { parseMonths } from './months.ts';

interface ResetFlags {
  datasetFile?: string;
  yes?: boolean;
  json?: boolean;
}

export function addReset(program: Command): void {
  program
    .command('reset')
    .description('take a loaded month out of its table again: exactly the rows that its loads brought in')
    .argument('<dataset>')
    .argument('[month]', 'such as 2021-03; none for a data set that is one file')
    .option('--dataset-file <file>', 'the file that defines the data set, if it is one of your own')
    .option('--yes', 'do not ask')
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExamples:\n  fareflow reset green 2021-03\n  fareflow reset zones --yes')
    .action(async (name: string, word: string | undefined, flags: ResetFlags) => {
      process.exitCode = await reset(name, word, flags);
    });
}

async function reset(name: string, word: string | undefined, flags: ResetFlags): Promise<0 | 1> {
  const named = await findNamed(name, flags.datasetFile);
  const [month = '', ...others] = parseMonths(word === undefined ? [] : [word], named.dataset);
  if (others.length > 0) throw new UsageError(`"${word ?? ''}" is more than one month; reset one at a time`);
  if (flags.yes !== true && !(process.stdin.isTTY && process.stderr.isTTY))
    throw new UsageError('reset removes rows, and there is no terminal to ask on; say --yes if it may');
  if (flags.yes !== true && !(await mayRemove(named.dataset, month))) return 1;
  return removeAndPrint(named, month, flags.json === true);
}

/** Asks the person at the terminal, who is told what would go. */
async function mayRemove(dataset: Dataset, month: string): Promise<boolean> {
  const pool = await openWarehouse(getConfig());
  let latest: LedgerEntry | undefined;
  try {
    latest = await readLedger(() => findLatestLoad(pool, dataset.name, month));
  } finally {
    await pool.end();
  }
  // That is for the reset to say.
  if (latest === undefined) return true;
  const rows = count(latest.inserted + latest.updated + latest.unchanged);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(
      `${dataset.name} ${month}: remove the ${rows} rows of ${latest.filename} (load ${latest.loadId}) from public.${dataset.table}? [y/N] `,
    );
    if (/^y(es)?$/i.test(answer.trim())) return true;
  } finally {
    terminal.close();
  }
  note('nothing was removed');
  return false;
}

async function removeAndPrint(
  { dataset, definition }: NamedDataset,
  month: string,
  json: boolean,
): Promise<0> {
  const config = getConfig();
  const temporal = await connectTemporal(await findTemporal(config));
  try {
    const report = await resetMonth(temporal.client, config.taskQueue, {
      dataset: dataset.name,
      month,
      ...(definition === undefined ? {} : { definition }),
    });
    if (json) printJson(report);
    else if (report.status === 'not_loaded')
      print(`${dataset.name} ${month} is not loaded: there is nothing to remove`);
    else
      print(
        `${dataset.name} ${month}: ${count(report.removed)} rows removed from public.${dataset.table} (entry ${report.loadId ?? ''} of the ledger)`,
      );
    return 0;
  } finally {
    await temporal.close();
  }
}
