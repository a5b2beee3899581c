/** How a load ended, as a table. */
import colors from 'picocolors';
import { addRows, noRows } from '../contract.ts';
import type { LoadResult, MonthResult } from '../operations/load-result.ts';
import { count, seconds } from './format.ts';
import { renderTable } from './table.ts';

const HEADINGS = [
  { title: 'month', align: 'left' },
  { title: 'status', align: 'left' },
  ...['rows', 'new', 'changed', 'same', 'dupl.', 'outside', 'seconds'].map((title) => ({ title })),
  { title: 'download/copy/hash/merge', align: 'left' },
] as const;

/** The table of a load's months, their sum, and the reasons of those that failed. */
export function renderResult(dataset: string, result: LoadResult): string {
  const rows = result.months.map(tableRow);
  if (result.months.length > 1) rows.push(sumRow(result.months));
  const failures = result.months.flatMap((end) =>
    'error' in end ? [`${colors.red('✖')} ${dataset} ${end.month}: ${end.error}`] : [],
  );
  const notes = result.months.flatMap((end) =>
    'report' in end && end.report.status === 'not_published'
      ? [`${dataset} ${end.month} is not published yet at ${end.report.sourceUrl}`]
      : [],
  );
  return [colors.bold(dataset), renderTable(HEADINGS, rows), ...notes, ...failures].join('\n');
}

function tableRow(end: MonthResult): string[] {
  if ('error' in end) return [end.month, colors.red('failed'), ...Array<string>(8).fill('')];
  const { month, status, rowsInFile, inserted, updated, unchanged, duplicates, outsideMonth } = end.report;
  const { download, copy, hash, merge } = end.report.phases;
  return [
    month,
    status === 'loaded' ? colors.green(status) : status,
    ...[rowsInFile, inserted, updated, unchanged, duplicates, outsideMonth].map(count),
    (end.report.durationMs / 1000).toFixed(1),
    colors.dim([download, copy, hash, merge].map((ms) => (ms / 1000).toFixed(1)).join(' / ')),
  ];
}

function sumRow(months: readonly MonthResult[]): string[] {
  const reports = months.flatMap((end) => ('report' in end ? [end.report] : []));
  const sum = reports.reduce((rows, report) => addRows(rows, report), noRows());
  const { rowsInFile, inserted, updated, unchanged, duplicates, outsideMonth } = sum;
  return [
    'together',
    '',
    ...[rowsInFile, inserted, updated, unchanged, duplicates, outsideMonth].map(count),
    '',
    '',
  ].map((cell) => (cell === '' ? cell : colors.bold(cell)));
}

/** One line on what the whole took. */
export function renderTime(ms: number): string {
  return colors.dim(`in ${seconds(ms)}`);
}
