import type { Command } from 'commander';
import { connectTemporal, findTemporal } from '../operations/connect.ts';
import { scheduleId } from '../contract.ts';
import { listSchedules } from '../operations/schedule-status.ts';
import { type Applied, applySchedule, deleteSchedule } from '../operations/schedules.ts';
import { getConfig, print, printJson } from './context.ts';
import { tellDev } from './schedule-create.ts';
import { readScheduleFile } from './schedule-file.ts';

interface ApplyFlags {
  prune?: boolean;
  json?: boolean;
}

interface Outcome {
  scheduleId: string;
  dataset: string;
  outcome: Applied | 'deleted';
}

export function addScheduleApply(schedule: Command): void {
  schedule
    .command('apply')
    .description('make the schedules what a file says: all of it is checked before anything is changed')
    .argument('<file>', 'YAML or JSON, see docs/schedules.md')
    .option('--prune', 'also delete the schedules of data sets that the file does not name')
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExample:\n  fareflow schedule apply schedules.yaml --prune')
    .action(async (file: string, { prune = false, json = false }: ApplyFlags) => {
      const outcomes = await apply(file, prune);
      if (json) printJson(outcomes);
      else if (outcomes.length === 0) print('the file names no schedule');
      else print(outcomes.map(({ scheduleId, outcome }) => `${scheduleId}  ${outcome}`).join('\n'));
    });
}

async function apply(file: string, prune: boolean): Promise<Outcome[]> {
  const schedules = await readScheduleFile(file);
  const config = getConfig();
  const endpoint = await findTemporal(config);
  const temporal = await connectTemporal(endpoint);
  const { client } = temporal;
  const outcomes: Outcome[] = [];
  const done = (dataset: string, outcome: Outcome['outcome']) =>
    outcomes.push({ scheduleId: scheduleId(dataset), dataset, outcome });
  try {
    await tellDev(
      endpoint,
      schedules.map(({ dataset }) => dataset),
    );
    for (const { dataset, plan } of schedules) {
      done(dataset.name, await applySchedule(client, config.taskQueue, plan));
    }
    const named = new Set(schedules.map(({ dataset }) => scheduleId(dataset.name)));
    for (const line of prune ? await listSchedules(client) : []) {
      // Those that others have made under ids of their own are theirs.
      if (named.has(line.scheduleId) || line.scheduleId !== scheduleId(line.dataset)) continue;
      await deleteSchedule(client, line.dataset);
      done(line.dataset, 'deleted');
    }
    return outcomes;
  } finally {
    await temporal.close();
  }
}
