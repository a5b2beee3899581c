import type { Command } from 'commander';
import { colors } from './colors.ts';
import { datasetNames, datasets, findDataset } from '../datasets/index.ts';
import { effectiveSources } from '../source/locate.ts';
import { getConfig, print, printJson, UsageError } from './context.ts';
import { renderTable } from './table.ts';

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
          rows.map((row) => [row.name, row.title, row.table, row.firstMonth]),
        ),
      );
    });
  command
    .command('show')
    .description('one data set: its columns, key, layouts and sources')
    .argument('<name>')
    .option('--json', 'print one JSON document')
    .action((name: string, { json = false }: { json?: boolean }) => show(name, json));
}

function show(name: string, json: boolean): void {
  const dataset = findDataset(name);
  if (dataset === undefined) {
    throw new UsageError(`unknown data set "${name}"; there are ${datasetNames().join(', ')}`);
  }
  const sources = effectiveSources(dataset, getConfig());
  if (json) return printJson({ ...dataset, sources });
  const key = new Set(dataset.naturalKey);
  const columns = dataset.columns.map((column) => [
    column.name,
    column.type,
    column.name === dataset.pickupColumn
      ? 'decides the month; in the key'
      : key.has(column.name)
        ? 'in the key'
        : '',
  ]);
  print(
    [
      `${colors.bold(dataset.name)}  ${dataset.title}, since ${dataset.firstMonth}, into public.${dataset.table}`,
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
