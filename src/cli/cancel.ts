import type { Command } from 'commander';
import { loadMonthId } from '../contract.ts';
import { connectTemporal, findTemporal } from '../operations/connect.ts';
import { findLoad } from '../operations/find-load.ts';
import { getConfig, note, UsageError } from './context.ts';
import { parseMonths } from './months.ts';

export function addCancel(program: Command): void {
  program
    .command('cancel')
    .description('cancel the running load of a month; it cleans up after itself')
    .argument('<dataset>')
    .argument('<month>', 'such as 2021-03')
    .action(async (dataset: string, word: string) => {
      const [month, ...others] = parseMonths([word]);
      if (month === undefined || others.length > 0) throw new UsageError('cancel takes one month');
      const temporal = await connectTemporal(await findTemporal(getConfig()));
      try {
        const { workflowId } = await findLoad(temporal.client, loadMonthId({ dataset, month }));
        await temporal.client.workflow.getHandle(workflowId).cancel();
        note(`asked ${workflowId} to cancel; watch it with \`fareflow watch ${workflowId}\``);
      } finally {
        await temporal.close();
      }
    });
}
