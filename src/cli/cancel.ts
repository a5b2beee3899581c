import type { Command } from 'commander';
import { loadMonthId } from '../contract.ts';
import { connectTemporal, findTemporal } from '../operations/connect.ts';
import { cancelLoad } from '../operations/find-load.ts';
import { findBuiltIn, getConfig, note } from './context.ts';
import { parseMonth } from './months.ts';

export function addCancel(program: Command): void {
  program
    .command('cancel')
    .description('cancel the running load of a month; it cleans up after itself')
    .argument('<dataset>')
    .argument('<month>', 'such as 2021-03')
    .action(async (dataset: string, word: string) => {
      const month = parseMonth(word, await findBuiltIn(dataset));
      const temporal = await connectTemporal(await findTemporal(getConfig()));
      try {
        const workflowId = loadMonthId({ dataset, month });
        await cancelLoad(temporal.client, workflowId);
        note(`asked ${workflowId} to cancel; watch it with \`fareflow watch ${workflowId}\``);
      } finally {
        await temporal.close();
      }
    });
}
