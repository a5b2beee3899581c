/** Months that are there already: the same file, one that changed, one that replaces it. */
import { createDatabase, dropDatabase } from '../connection.ts';
import { loadThroughTemporal, type MeasuredLoad } from '../fareflow.ts';
import type { BenchFiles } from '../files.ts';
import { prepareRevision, revisedTemplate } from '../revised.ts';
import { type BenchStack, withWorker } from '../stack.ts';

export interface Reloads {
  fresh: MeasuredLoad[];
  unchanged: MeasuredLoad[];
  /** The same file, but loaded again all the same. */
  forced: MeasuredLoad[];
  /** One row in a hundred has another value. */
  changed: MeasuredLoad[];
  /** One in a hundred has another value and one is gone, with `replace`. */
  replaced: MeasuredLoad[];
}

/** Loads so many months, and then each again in each way. */
export async function reloads(stack: BenchStack, files: BenchFiles, repeat: number): Promise<Reloads> {
  const months = files.months.slice(0, repeat);
  const csv = months[0]?.csv ?? '';
  for (const file of months)
    for (const revision of ['changed', 'changed and gone'] as const)
      await prepareRevision(file.csv, revision);
  const databaseUrl = await createDatabase(stack.databaseUrl, 'reloads');
  const load = (template: string, options = {}) =>
    withWorker({ ...stack, databaseUrl }, { FAREFLOW_CSV_URL: template }, async (worker) => {
      const loads: MeasuredLoad[] = [];
      for (const { month } of months)
        loads.push(await loadThroughTemporal(worker, 'yellow', month, { source: 'csv', ...options }));
      return loads;
    });
  const found = {
    fresh: await load(files.urlTemplate),
    unchanged: await load(files.urlTemplate),
    forced: await load(files.urlTemplate, { force: true }),
    changed: await load(revisedTemplate(csv, 'changed')),
    replaced: await load(revisedTemplate(csv, 'changed and gone'), { replace: true }),
  };
  await dropDatabase(stack.databaseUrl, 'reloads');
  return found;
}
