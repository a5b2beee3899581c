import type { Command } from 'commander';
import type { CheckNowResult } from '../contract.ts';
import { checkNow } from '../operations/check-now.ts';
import { connectTemporal, findTemporal } from '../operations/connect.ts';
import { findBuiltIn, getConfig, print, printJson } from './context.ts';
import { minute } from './format.ts';
import { parseMonth } from './months.ts';

export function addCheckNow(program: Command): void {
  program
    .command('check-now')
    .description('have a load that waits for its month look at the source now')
    .argument('<dataset>')
    .argument('<month>', 'such as 2021-03')
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExample:\n  fareflow check-now green 2026-09')
    .action(async (dataset: string, word: string, { json = false }: { json?: boolean }) => {
      const month = parseMonth(word, await findBuiltIn(dataset));
      const temporal = await connectTemporal(await findTemporal(getConfig()));
      try {
        const result = await checkNow(temporal.client, { dataset, month });
        if (json) printJson(result);
        else print(renderLook(result));
      } finally {
        await temporal.close();
      }
    });
}

function renderLook({ dataset, month, phase, publication }: CheckNowResult): string {
  const about = `${dataset} ${month}`;
  if (publication === null || phase !== 'waiting') return `${about} waits no longer: it is ${phase}`;
  const { lastAnswer, nextLookAt, giveUpAt } = publication;
  return `${about} is not published yet (${lastAnswer}); looks again at ${minute(nextLookAt)}, gives up at ${minute(giveUpAt)}`;
}
