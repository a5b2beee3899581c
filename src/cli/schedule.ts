/** `fareflow schedule`: when which months are loaded by themselves. */
import type { Command } from 'commander';
import { pick } from '../inputs.ts';
import { datasetOf } from '../datasets/index.ts';
import { connectTemporal, findTemporal, type TemporalAccess } from '../operations/connect.ts';
import { listSchedules, readSchedule } from '../operations/schedule-status.ts';
import { deleteSchedule, pauseSchedule, scheduledInput, triggerSchedule } from '../operations/schedules.ts';
import { planLoad, startLoad } from '../operations/start-load.ts';
import { getConfig, note, print, printJson, wholeNumber } from './context.ts';
import { followAndPrint, howToGoOn } from './follow.ts';
import { parseMonths } from './months.ts';
import { addScheduleApply } from './schedule-apply.ts';
import { addScheduleCreate } from './schedule-create.ts';
import { renderSchedule, renderSchedules } from './schedule-view.ts';

export function addSchedule(program: Command): void {
  const schedule = program
    .command('schedule')
    .description('load months by themselves, as they are published: Temporal Schedules');
  addScheduleCreate(schedule);
  addScheduleApply(schedule);
  addLooks(schedule);
  addDeeds(schedule);
  addBackfill(schedule);
}

function addLooks(schedule: Command): void {
  schedule
    .command('list')
    .description('every schedule, its last time and its next')
    .option('--json', 'print one JSON document')
    .action(async ({ json = false }: { json?: boolean }) => {
      const lines = await withTemporal(({ client }) => listSchedules(client));
      if (json) printJson(lines);
      else print(renderSchedules(lines));
    });
  schedule
    .command('describe')
    .description("a data set's schedule: its next times, and what came of the last ones")
    .argument('<dataset>')
    .option('--json', 'print one JSON document')
    .action(async (dataset: string, { json = false }: { json?: boolean }) => {
      const status = await withTemporal(({ client }) => readSchedule(client, dataset));
      if (json) printJson(status);
      else print(renderSchedule(status));
    });
}

function addDeeds(schedule: Command): void {
  const deed = (name: string, description: string) =>
    schedule.command(name).description(description).argument('<dataset>');
  const withNote = (command: Command) => command.option('--note <text>', 'why, for others to read');
  withNote(deed('pause', 'start nothing until it is resumed; what runs goes on')).action(
    async (dataset: string, { note: why }: { note?: string }) => {
      await withTemporal(({ client }) => pauseSchedule(client, dataset, true, why));
      note(`the schedule of ${dataset} is paused`);
    },
  );
  withNote(deed('resume', 'go on after a pause; times in between are not made up for')).action(
    async (dataset: string, { note: why }: { note?: string }) => {
      await withTemporal(({ client }) => pauseSchedule(client, dataset, false, why));
      note(`the schedule of ${dataset} goes on`);
    },
  );
  deed('trigger', 'act now, as if this were its time; also while it is paused').action(
    async (dataset: string) => {
      await withTemporal(({ client }) => triggerSchedule(client, dataset));
      note(`triggered; see what comes of it with \`fareflow schedule describe ${dataset}\``);
    },
  );
  deed('delete', 'remove it; what it has started goes on').action(async (dataset: string) => {
    await withTemporal(({ client }) => deleteSchedule(client, dataset));
    note(`the schedule of ${dataset} is gone`);
  });
}

function addBackfill(schedule: Command): void {
  schedule
    .command('backfill')
    .description("load months of the past the way the data set's schedule loads its months")
    .argument('<dataset>')
    .argument('<month...>', 'months such as 2024-03, ranges such as 2024-01..2024-12')
    .option('--concurrency <n>', 'months at a time (default 4)', wholeNumber)
    .option('--detach', 'start the loads and return at once')
    .option('--json', 'print the report as one JSON document')
    .addHelpText('after', '\nExample:\n  fareflow schedule backfill green 2024-01..2024-12 --concurrency 4')
    .action(async (dataset: string, words: string[], flags: BackfillFlags) => {
      process.exitCode = await withTemporal((temporal) => backfill(temporal, dataset, words, flags));
    });
}

interface BackfillFlags {
  concurrency?: number;
  detach?: boolean;
  json?: boolean;
}

/** What the schedule's input says of single loads; a month of the past has been published, or never is. */
const LOAD_OPTIONS = [
  ...(['source', 'url', 'replace', 'onBadRow', 'maxBadRows', 'onNewColumn', 'definition', 'labels'] as const),
];

async function backfill(
  temporal: TemporalAccess,
  dataset: string,
  words: readonly string[],
  { concurrency, detach = false, json = false }: BackfillFlags,
): Promise<0 | 1> {
  const input = await scheduledInput(temporal.client, dataset);
  const months = parseMonths(words, datasetOf(input));
  const plan = planLoad({ dataset, months, concurrency, ...pick(input, LOAD_OPTIONS) });
  const started = await startLoad(temporal.client, getConfig().taskQueue, plan, 'backfill');
  if (started.attached) note(`${started.workflowId} runs already; watching it`);
  if (!detach) return followAndPrint(temporal, started, { json });
  if (json) printJson({ workflowId: started.workflowId, runId: started.runId, attached: started.attached });
  else note(`started ${started.workflowId}. ${howToGoOn(temporal, started)}`);
  return 0;
}

/** Does something with Temporal, and hangs up. */
async function withTemporal<T>(use: (temporal: TemporalAccess) => Promise<T>): Promise<T> {
  const temporal = await connectTemporal(await findTemporal(getConfig()));
  try {
    return await use(temporal);
  } finally {
    await temporal.close();
  }
}
