import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { colors } from './colors.ts';
import { type Dataset, datasetNames, datasets } from '../datasets/index.ts';
import { periodKind, WHOLE } from '../datasets/period.ts';
import { effectiveSources } from '../source/choose.ts';
import { findNamed, readDatasetFile } from './dataset-file.ts';
import { getConfig, print, printJson, UsageError } from './context.ts';
import { renderTable } from './table.ts';

const SCHEMA = new URL('../../schema/dataset.schema.json', import.meta.url);

export function addDatasets(program: Command): void {
  const command = program.command('datasets').description('what can be loaded');
  command
    .command('list')
    .description('the data sets, a line each')
    .option('--json', 'print one JSON document')
    .action(({ json = false }: { json?: boolean }) => {
      const rows = datasets.map(({ name, title, table, firstMonth }) => ({ name, title, table, firstMonth }));
      if (json) return printJson(rows);
      const headings = ['name', 'what', 'table', 'since'].map((title) => ({ title, align: 'left' as const }));
      print(
        renderTable(
          headings,
          rows.map((row) => [row.name, row.title, row.table, row.firstMonth === WHOLE ? '' : row.firstMonth]),
        ),
      );
    });
  command
    .command('show')
    .description('one data set: its columns, key, layouts and sources')
    .argument('[name]')
    .option('--dataset-file <file>', 'a data set of your own, checked')
    .option('--json', 'print one JSON document')
    .action(async (name: string | undefined, flags: { datasetFile?: string; json?: boolean }) => {
      show(await choose(name, flags.datasetFile), flags.json === true);
    });
  command
    .command('schema')
    .description('the JSON Schema of a data set of your own, for editors')
    .action(async () => print((await readFile(SCHEMA, 'utf8')).trimEnd()));
}

async function choose(name: string | undefined, file: string | undefined): Promise<Dataset> {
  if (name !== undefined) return (await findNamed(name, file)).dataset;
  if (file !== undefined) return (await readDatasetFile(file)).dataset;
  throw new UsageError(`which data set? There are ${datasetNames().join(', ')}`);
}

function show(dataset: Dataset, json: boolean): void {
  const sources = effectiveSources(dataset, getConfig());
  if (json) return printJson({ ...dataset, sources });
  const key = new Set(dataset.naturalKey);
  const kind = periodKind(dataset);
  const since = kind === 'whole' ? ', one file' : `, ${kind}s since ${dataset.firstMonth}`;
  const columns = dataset.columns.map((column) => [
    column.name,
    column.type,
    column.name === dataset.pickupColumn
      ? `decides the ${kind}; in the key`
      : key.has(column.name)
        ? 'in the key'
        : '',
  ]);
  print(
    [
      `${colors.bold(dataset.name)}  ${dataset.title}${since}, into public.${dataset.table}`,
      '',
      renderTable(
        ['column', 'type', ''].map((title) => ({ title, align: 'left' as const })),
        columns,
      ),
      '',
      ...dataset.layouts.map((layout) => `layout   ${layout.format}: ${layout.name}`),
      ...sources.map((source) => `${source.format.padEnd(7)}  ${source.urlTemplate}`),
    ].join('\n'),
  );
}
