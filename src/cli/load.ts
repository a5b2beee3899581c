import { type Command, Option } from 'commander';
import type { SourceChoice } from '../contract.ts';
import { connectTemporal, findTemporal } from '../operations/connect.ts';
import { planLoad, startLoad } from '../operations/start-load.ts';
import { takeMirrors, trustTemplates } from '../source/home-mirrors.ts';
import { findNamed, templatesOf } from './dataset-file.ts';
import { getConfig, note, printJson, wholeNumber } from './context.ts';
import { followAndPrint, howToGoOn } from './follow.ts';
import { parseMonths } from './months.ts';
import { ownSource } from './own-source.ts';

interface LoadFlags {
  datasetFile?: string;
  source?: SourceChoice;
  url?: string;
  force?: boolean;
  replace?: boolean;
  onBadRow?: 'fail' | 'quarantine';
  maxBadRows?: string;
  onNewColumn?: 'fail' | 'ignore';
  waitUntilPublished?: boolean;
  lookEvery?: string;
  waitAtMost?: string;
  failIfNotPublished?: boolean;
  concurrency?: number;
  detach?: boolean;
  json?: boolean;
}

export function addLoad(program: Command): void {
  program
    .command('load')
    .description('load months of a data set: start the load, or attach to it if it runs, and watch it')
    .argument('<dataset>', 'yellow, green, zones…; see `fareflow datasets list`')
    .argument('[month...]', 'months such as 2021-03, ranges such as 2021-01..2021-06')
    .option('--dataset-file <file>', 'a data set of your own: JSON, or a module (.ts, .js, .mjs)')
    .addOption(
      new Option('--source <kind>', 'which kind of file to load').choices(['auto', 'csv', 'parquet']),
    )
    .option('--url <url>', 'load this file; for several months a template with {month}')
    .option('--force', 'load although this very file is in already')
    .option('--replace', 'make the month equal to the file: also remove rows that it no longer has')
    .addOption(
      new Option('--on-bad-row <what>', 'what becomes of a row that does not fit (default fail)').choices([
        'fail',
        'quarantine',
      ]),
    )
    .option('--max-bad-rows <n>', 'rows, or a share such as 1%, that may be set aside (default 100)')
    .addOption(
      new Option('--on-new-column <what>', 'what becomes of an unknown column (default fail)').choices([
        'fail',
        'ignore',
      ]),
    )
    .option('--wait-until-published', 'wait for a month that the source does not have yet')
    .option('--look-every <time>', 'how long it is between two looks at the source (default 6h)')
    .option('--wait-at-most <time>', 'after which time to give up waiting (default 90d)')
    .option('--fail-if-not-published', 'exit with 1 if a month is not published')
    .option('--concurrency <n>', 'months at a time (default 4)', wholeNumber)
    .option('--detach', 'start the load and return at once')
    .option('--json', 'print the report as one JSON document')
    .addHelpText(
      'after',
      '\nExamples:\n  fareflow load green 2021-03\n  fareflow load yellow 2019-01..2020-12 --concurrency 2\n  fareflow load zones\n  fareflow load bikes 2026-W05 --dataset-file ./bikes.json',
    )
    .action(async (name: string, words: string[], flags: LoadFlags) => {
      process.exitCode = await load(name, words, flags);
    });
}

async function load(name: string, words: string[], flags: LoadFlags): Promise<0 | 1> {
  const { detach, json = false, datasetFile, failIfNotPublished = false, ...options } = flags;
  const { dataset, definition } = await findNamed(name, datasetFile);
  const months = parseMonths(words, dataset);
  const config = getConfig();
  const own =
    options.url === undefined ? ownSource(config, dataset, months, options.source ?? 'auto') : undefined;
  const plan = planLoad({
    dataset: name,
    months,
    ...options,
    ...own,
    ...(definition === undefined ? {} : { definition }),
  });
  const endpoint = await findTemporal(config);
  const temporal = await connectTemporal(endpoint);
  try {
    // Its worker was started without these variables and this file, by the same person on the same machine.
    for (const template of endpoint.isDev ? await takeMirrors(config.home, config) : []) {
      note(`\`fareflow dev\` takes files from this mirror until it ends: ${template}`);
    }
    if (endpoint.isDev) await trustTemplates(config.home, templatesOf(dataset));
    const started = await startLoad(temporal.client, config.taskQueue, plan);
    if (started.attached) {
      note(`${started.workflowId} runs already; watching it, with the options it was started with`);
    }
    if (detach !== true) return await followAndPrint(temporal, started, { json, failIfNotPublished });
    if (json) printJson({ workflowId: started.workflowId, runId: started.runId, attached: started.attached });
    else note(`started ${started.workflowId}. ${howToGoOn(temporal, started)}`);
    return 0;
  } finally {
    await temporal.close();
  }
}
