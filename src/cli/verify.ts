import { type Command, Option } from 'commander';
import type { SourceChoice } from '../contract.ts';
import { openWarehouse } from '../operations/connect.ts';
import { readLedger } from '../operations/read-ledger.ts';
import { readHomeMirrors } from '../source/home-mirrors.ts';
import type { Difference } from '../verify/compare.ts';
import type { Verification } from '../verify/verify-month.ts';
import { colors } from './colors.ts';
import { findNamed } from './dataset-file.ts';
import { getConfig, note, print, printJson, UsageError } from './context.ts';
import { count } from './format.ts';
import { untilInterrupted } from './interrupt.ts';
import { parseMonths } from './months.ts';
import { renderTable } from './table.ts';

interface VerifyFlags {
  datasetFile?: string;
  source?: SourceChoice;
  url?: string;
  json?: boolean;
}

export function addVerify(program: Command): void {
  program
    .command('verify')
    .description("read a month's file again and compare it with the table, row by row")
    .argument('<dataset>')
    .argument('[month]', 'such as 2021-03; none for a data set that is one file')
    .option('--dataset-file <file>', 'the file that defines the data set, if it is one of your own')
    .addOption(
      new Option('--source <kind>', 'where to read it; by default where it was loaded from').choices([
        'auto',
        'csv',
        'parquet',
      ]),
    )
    .option('--url <url>', 'read this file')
    .option('--json', 'print one JSON document')
    .action(async (name: string, word: string | undefined, flags: VerifyFlags) => {
      process.exitCode = await verify(name, word, flags);
    });
}

async function verify(name: string, word: string | undefined, flags: VerifyFlags): Promise<0 | 1> {
  const { dataset } = await findNamed(name, flags.datasetFile);
  const [month = '', ...others] = parseMonths(word === undefined ? [] : [word], dataset);
  if (others.length > 0) throw new UsageError(`"${word ?? ''}" is more than one month; verify one at a time`);
  const config = getConfig();
  const pool = await openWarehouse(config);
  const interrupted = untilInterrupted();
  // DuckDB's library takes longer to load than most commands run.
  const { verifyMonth } = await import('../verify/verify-month.ts');
  try {
    const { csvUrl, parquetUrl, allowedHosts, maxUnpackedBytes, home } = config;
    const { trusted } = await readHomeMirrors(home);
    const sources = { csvUrl, parquetUrl, allowedHosts, maxUnpackedBytes, trusted };
    const found = await readLedger(() =>
      verifyMonth(
        { dataset, month, source: flags.source, url: flags.url },
        { pool, sources, signal: interrupted.signal, onStep: (step) => note(`${name} ${month}: ${step}`) },
      ),
    );
    if (flags.json === true) printJson(found);
    else print(renderVerification(found));
    return found.equal ? 0 : 1;
  } finally {
    interrupted.ignore();
    await pool.end();
  }
}

/** What was found, for people to read. */
export function renderVerification(found: Verification): string {
  const { dataset, month, loadId, sourceUrl, isLoadedFile, identities } = found;
  const rows: [string, string, string][] = [
    ['in the file', count(found.rowsInFile), fileNotes(found)],
    ['in the table', count(found.rowsInTable), ''],
    ['in both', count(found.matching), ''],
    ...difference('in the file alone', found.onlyInFile),
    ...difference('in the table alone', found.onlyInTable),
    ...difference('identities of the file alone', identities.onlyInFile),
    ...difference('identities of the table alone', identities.onlyInTable),
    ...(found.badRows === found.rejectedRows
      ? []
      : difference('rows that the load set aside', found.rejectedRows)),
  ];
  return [
    `${colors.bold(`${dataset} ${month}`)}  load ${loadId}, ${sourceUrl}`,
    ...(isLoadedFile ? [] : [colors.yellow('It is another file by now than the one that was loaded.')]),
    renderTable([{ title: 'rows', align: 'left' }, { title: '' }, { title: '', align: 'left' }], rows),
    ...found.differences.map(renderDifference),
    found.equal
      ? colors.green(`The table holds exactly the rows of the file.`)
      : colors.red('The table and the file differ.'),
  ].join('\n');
}

function fileNotes({ duplicates, badRows }: Verification): string {
  const notes = [numbered(duplicates, 'duplicate'), numbered(badRows, 'bad row')].filter(
    (part) => part !== '',
  );
  return notes.length === 0 ? '' : `with ${notes.join(' and ')}`;
}

function numbered(number: number, thing: string): string {
  return number === 0 ? '' : `${count(number)} ${thing}${number === 1 ? '' : 's'}`;
}

function difference(what: string, number: number): [string, string, string][] {
  return number === 0 ? [] : [[what, colors.red(count(number)), '']];
}

function renderDifference({ where, rows, row }: Difference): string {
  const values = Object.entries(row).flatMap(([name, value]) => (value === null ? [] : `${name}=${value}`));
  const times = rows === 1 ? '' : ` (${count(rows)} times)`;
  return `${where === 'file' ? '-' : '+'} in the ${where} alone${times}: ${values.join(' ')}`;
}
