import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { Config } from '../config.ts';
import { withAccess } from '../operations/connect.ts';
import { UserError } from '../operations/errors.ts';
import { explainLoad } from '../operations/explain-load.ts';
import { readOverview } from '../operations/overview.ts';
import { renderPage } from '../page/page.ts';
import {
  findBuiltIn,
  getConfig,
  note,
  outputWidth,
  print,
  printJson,
  unknownDataset,
  UsageError,
} from './context.ts';
import { renderStory } from './load-story.ts';
import { parseMonth } from './months.ts';

interface ReportFlags {
  html?: string;
  json?: boolean;
}

export function addReport(program: Command): void {
  program
    .command('report')
    .description("explain one month's load from end to end, or write a page about all of them")
    .argument('[dataset]')
    .argument('[month]', 'such as 2021-03')
    .option('--html <file>', 'write a page of its own: the grid, rows and seconds per month, last failures')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      '\nExamples:\n  fareflow report green 2021-03\n  fareflow report --html loads.html\n  fareflow report yellow --html yellow.html',
    )
    .action(async (dataset: string | undefined, word: string | undefined, flags: ReportFlags) => {
      if (flags.html !== undefined) {
        if (word !== undefined) throw new UsageError('--html is about all months; leave out the month');
        if (flags.json === true) throw new UsageError('--html and --json do not go together');
        await writePage(getConfig(), dataset, flags.html);
        return;
      }
      if (dataset === undefined || word === undefined) {
        throw new UsageError(
          'which load? Name a data set and a month, or write a page of all with --html FILE',
        );
      }
      await explain(getConfig(), dataset, word, flags.json === true);
    });
}

async function explain(config: Config, dataset: string, word: string, json: boolean): Promise<void> {
  const month = parseMonth(word, await findBuiltIn(dataset));
  const story = await withAccess(config, ({ pool, client }) => explainLoad(pool, client, { dataset, month }));
  if (story === undefined) {
    throw new UserError(
      `nothing is known of ${dataset} ${month}: the ledger has no load of it, and Temporal no run; \`fareflow load ${dataset} ${month}\` loads it`,
    );
  }
  if (json) printJson(story);
  else print(renderStory(story, outputWidth()));
}

async function writePage(config: Config, dataset: string | undefined, path: string): Promise<void> {
  const builtIn = dataset === undefined ? undefined : await findBuiltIn(dataset);
  const overview = await withAccess(config, ({ pool, client }) => readOverview(pool, client, dataset));
  if (dataset !== undefined && builtIn === undefined && overview.months.length === 0) {
    throw unknownDataset(dataset);
  }
  try {
    await writeFile(path, renderPage(overview));
  } catch (error) {
    throw new UserError(`the page could not be written: ${(error as Error).message}`);
  }
  note(`wrote ${path}`);
}
