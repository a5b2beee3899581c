import type { Command } from 'commander';
import { connectTemporal, findTemporal } from '../operations/connect.ts';
import { findLoad } from '../operations/find-load.ts';
import { getConfig } from './context.ts';
import { followAndPrint } from './follow.ts';

export function addWatch(program: Command): void {
  program
    .command('watch')
    .description('watch a load that runs, or see how it ended')
    .argument('<workflow-id>', 'such as load-green-2021-03')
    .option('--json', 'print the report as one JSON document')
    .action(async (workflowId: string, { json = false }: { json?: boolean }) => {
      const temporal = await connectTemporal(await findTemporal(getConfig()));
      try {
        const load = await findLoad(temporal.client, workflowId);
        process.exitCode = await followAndPrint(temporal, load, { json });
      } finally {
        await temporal.close();
      }
    });
}
