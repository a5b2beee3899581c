import type { Command } from 'commander';
import { listLoads } from '../database/ledger.ts';
import { openWarehouse } from '../operations/connect.ts';
import { readLedger } from '../operations/read-ledger.ts';
import {
  findBuiltIn,
  getConfig,
  outputWidth,
  print,
  printJson,
  unknownDataset,
  wholeNumber,
} from './context.ts';
import { bytes, count } from './format.ts';
import { parseMonth } from './months.ts';
import { type Heading, renderTable } from './table.ts';

const DEFAULT_LIMIT = 20;
const HEADINGS: readonly Heading[] = [
  { title: 'load' },
  { title: 'data set', align: 'left' },
  { title: 'month', align: 'left' },
  { title: 'mode', align: 'left', spare: 2 },
  { title: 'from', align: 'left', spare: 4 },
  ...['rows', 'new', 'changed', 'same'].map((title) => ({ title })),
  { title: 'dupl.', spare: 1 },
  { title: 'bad', spare: 5 },
  { title: 'removed', spare: 6 },
  { title: 'file', spare: 3 },
  { title: 'finished (UTC)', align: 'left' },
];

export function addLoads(program: Command): void {
  program
    .command('loads')
    .description('the ledger: every load that was committed, newest first')
    .argument('[dataset]')
    .argument('[month]', 'such as 2021-03')
    .option('--limit <n>', 'how many; 0 for all', wholeNumber, DEFAULT_LIMIT)
    .option('--json', 'print one JSON document')
    .action(
      async (
        dataset: string | undefined,
        word: string | undefined,
        flags: { limit: number; json?: boolean },
      ) => {
        const builtIn = dataset === undefined ? undefined : await findBuiltIn(dataset);
        const month = word === undefined ? undefined : parseMonth(word, builtIn);
        const pool = await openWarehouse(getConfig());
        try {
          const limit = flags.limit > 0 ? flags.limit : null;
          const loads = await readLedger(() => listLoads(pool, { dataset, month, limit }));
          const isNobodys = dataset !== undefined && builtIn === undefined && loads.length === 0;
          if (isNobodys && month === undefined) throw unknownDataset(dataset);
          if (flags.json === true) return printJson(loads);
          if (loads.length === 0) return print('no loads yet');
          print(
            renderTable(
              HEADINGS,
              loads.map((load) => [
                String(load.loadId),
                load.dataset,
                load.month,
                load.mode,
                load.source,
                ...[load.rowsInFile, load.inserted, load.updated, load.unchanged, load.duplicates].map(count),
                ...[load.rejected, load.removed].map(count),
                bytes(load.bytes),
                load.finishedAt.slice(0, 16).replace('T', ' '),
              ]),
              outputWidth(),
            ),
          );
        } finally {
          await pool.end();
        }
      },
    );
}
