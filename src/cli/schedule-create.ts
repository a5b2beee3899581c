import { type Command, Option } from 'commander';
import { type LoadOptions, type ScheduledLoadInput, scheduleId } from '../contract.ts';
import type { Dataset } from '../datasets/index.ts';
import { connectTemporal, findTemporal, type TemporalEndpoint } from '../operations/connect.ts';
import { applySchedule, planSchedule } from '../operations/schedules.ts';
import { takeMirrors, trustTemplates } from '../source/home-mirrors.ts';
import { getConfig, note, printJson, wholeNumber } from './context.ts';
import { findNamed, templatesOf } from './dataset-file.ts';

interface CreateFlags extends Omit<LoadOptions, 'definition' | 'force' | 'labels'> {
  cron: string;
  timezone?: string;
  lagMonths?: number;
  lagWeeks?: number;
  lagDays?: number;
  recheck?: number;
  datasetFile?: string;
  paused?: boolean;
  json?: boolean;
}

const oneOf = (flags: string, description: string, ...words: string[]) =>
  new Option(flags, description).choices(words);

export function addScheduleCreate(schedule: Command): void {
  schedule
    .command('create')
    .description("make a data set's schedule, or make it what is said here")
    .argument('<dataset>', 'yellow, green, zones…; see `fareflow datasets list`')
    .requiredOption('--cron <times>', 'when: minute, hour, day, month, day of the week, such as "0 9 1 * *"')
    .option('--timezone <zone>', 'the time zone of these times and of their month (default UTC)')
    .option('--lag-months <n>', 'load the month so many months before (default 0)', wholeNumber)
    .option('--lag-weeks <n>', 'the same of a data set with a file a week', wholeNumber)
    .option('--lag-days <n>', 'the same of a data set with a file a day', wholeNumber)
    .option('--recheck <n>', 'look again at so many months before that one (default 0)', wholeNumber)
    .option('--dataset-file <file>', 'a data set of your own: JSON, or a module (.ts, .js, .mjs)')
    .addOption(oneOf('--source <kind>', 'which kind of file to load', 'auto', 'csv', 'parquet'))
    .option('--url <url>', 'load these files: a template with {month}')
    .option('--replace', 'make months equal to their files')
    .addOption(oneOf('--on-bad-row <what>', 'what becomes of a row that does not fit', 'fail', 'quarantine'))
    .option('--max-bad-rows <n>', 'rows, or a share such as 1%, that may be set aside (default 100)')
    .addOption(oneOf('--on-new-column <what>', 'what becomes of an unknown column', 'fail', 'ignore'))
    .option('--no-wait-until-published', 'end as not_published if the source does not have the month yet')
    .option('--look-every <time>', 'how long it is between two looks at the source (default 6h)')
    .option('--wait-at-most <time>', 'after which time to give up waiting (default 90d)')
    .option('--paused', 'start nothing before it is resumed')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      "\nExamples:\n  fareflow schedule create green --cron '0 9 1 * *' \\\n    --timezone America/New_York --lag-months 2\n  fareflow schedule create yellow --cron '0 6 * * *' --lag-months 2 --recheck 3\n  fareflow schedule create bikes --cron '0 6 * * MON' \\\n    --lag-weeks 1 --dataset-file ./bikes.json",
    )
    .action(async (name: string, flags: CreateFlags) => create(name, flags));
}

async function create(name: string, flags: CreateFlags): Promise<void> {
  const { cron, paused, datasetFile, json = false, waitUntilPublished, ...options } = flags;
  const { dataset, definition } = await findNamed(name, datasetFile);
  const input: ScheduledLoadInput = {
    dataset: name,
    ...options,
    ...(waitUntilPublished === false ? { waitUntilPublished } : {}),
    ...(definition === undefined ? {} : { definition }),
  };
  const plan = planSchedule({ cron, input, paused });
  const config = getConfig();
  const endpoint = await findTemporal(config);
  const temporal = await connectTemporal(endpoint);
  try {
    await tellDev(endpoint, [dataset]);
    const outcome = await applySchedule(temporal.client, config.taskQueue, plan);
    if (json) printJson({ scheduleId: scheduleId(name), dataset: name, outcome });
    else note(`${scheduleId(name)} is ${outcome}; see \`fareflow schedule describe ${name}\``);
  } finally {
    await temporal.close();
  }
}

/** A worker of `fareflow dev` was started without these variables and files, by the same person. */
export async function tellDev({ isDev }: TemporalEndpoint, datasets: readonly Dataset[]): Promise<void> {
  const config = getConfig();
  if (!isDev) return;
  for (const template of await takeMirrors(config.home, config)) {
    note(`\`fareflow dev\` takes files from this mirror until it ends: ${template}`);
  }
  await trustTemplates(config.home, datasets.flatMap(templatesOf));
}
