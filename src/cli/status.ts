import type { Command } from 'commander';
import { withAccess } from '../operations/connect.ts';
import { readGrid } from '../operations/month-grid.ts';
import { findBuiltIn, getConfig, print, printJson, unknownDataset } from './context.ts';
import { renderGrid } from './grid.ts';

export function addStatus(program: Command): void {
  program
    .command('status')
    .description('which months are in, on their way, waiting, failed or missing, by data set')
    .argument('[dataset]')
    .option('--json', 'print one JSON document')
    .action(async (dataset: string | undefined, { json = false }: { json?: boolean }) => {
      const builtIn = dataset === undefined ? undefined : await findBuiltIn(dataset);
      const grid = await withAccess(getConfig(), ({ pool, client }) => readGrid(pool, client, dataset));
      if (dataset !== undefined && builtIn === undefined && grid.length === 0) throw unknownDataset(dataset);
      if (json) printJson(grid);
      else if (grid.length === 0) print('no month is loaded yet; try `fareflow load green 2021-03`');
      else print(renderGrid(grid, { now: new Date(), whole: dataset !== undefined }));
    });
}
