import type { Command } from 'commander';
import { listLoads } from '../database/ledger.ts';
import { openWarehouse } from '../operations/connect.ts';
import { readLedger } from '../operations/read-ledger.ts';
import { getConfig, print, printJson } from './context.ts';
import { bytes, count } from './format.ts';
import { parseMonths } from './months.ts';
import { renderTable } from './table.ts';

const DEFAULT_LIMIT = 20;

export function addLoads(program: Command): void {
  program
    .command('loads')
    .description('the ledger: every load that was committed, newest first')
    .argument('[dataset]')
    .argument('[month]', 'such as 2021-03')
    .option('--limit <n>', `how many (default ${DEFAULT_LIMIT}; 0 for all)`, Number, DEFAULT_LIMIT)
    .option('--json', 'print one JSON document')
    .action(
      async (
        dataset: string | undefined,
        word: string | undefined,
        flags: { limit: number; json?: boolean },
      ) => {
        const [month] = word === undefined ? [] : parseMonths([word]);
        const pool = await openWarehouse(getConfig());
        try {
          const limit = flags.limit > 0 ? flags.limit : null;
          const loads = await readLedger(() => listLoads(pool, { dataset, month, limit }));
          if (flags.json === true) return printJson(loads);
          if (loads.length === 0) return print('no loads yet');
          print(
            renderTable(
              [
                { title: 'load' },
                ...['data set', 'month', 'mode'].map((title) => ({ title, align: 'left' as const })),
                ...['rows', 'new', 'changed', 'same', 'dupl.', 'file'].map((title) => ({ title })),
                { title: 'finished', align: 'left' },
              ],
              loads.map((load) => [
                String(load.loadId),
                ...[load.dataset, load.month, load.mode],
                ...[load.rowsInFile, load.inserted, load.updated, load.unchanged, load.duplicates].map(count),
                bytes(load.bytes),
                load.finishedAt.slice(0, 19).replace('T', ' '),
              ]),
            ),
          );
        } finally {
          await pool.end();
        }
      },
    );
}
