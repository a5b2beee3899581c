/** How a load ended, as a table. */
import { colors, noteColors } from './colors.ts';
import { addRows, noRows } from '../contract.ts';
import { CANCELLED, type LoadResult, type MonthResult, NOT_STARTED } from '../operations/load-result.ts';
import { count, STATUS_WORDS, withoutSubject } from './format.ts';
import { type Heading, isWithin, renderTable } from './table.ts';

const MONTH: Heading = { title: 'month', align: 'left' };
const COUNTS: readonly Heading[] = [
  { title: 'status', align: 'left' },
  ...['rows', 'new', 'changed', 'same', 'dupl.', 'outside'].map((title) => ({ title })),
];
const SECONDS: readonly Heading[] = ['download', 'copy', 'hash', 'merge', 'seconds'].map((title) => ({
  title,
}));

/** A load's months and their sum as a table, or as two where `width` has no room for one. */
export function renderResult(dataset: string, result: LoadResult, width: number): string {
  const months = result.months.map((end) => [end.month, ...countCells(end), ...timeCells(end)]);
  const sums = result.months.length > 1 ? [sumRow(result.months)] : [];
  const notes = result.months.flatMap((end) =>
    'report' in end && end.report.status === 'not_published'
      ? [`${dataset} ${end.month} is not published yet at ${end.report.sourceUrl}`]
      : [],
  );
  const title = colors.bold(dataset);
  const whole = renderTable([MONTH, ...COUNTS, ...SECONDS], [...months, ...sums]);
  if (isWithin(whole, width)) return [title, whole, ...notes].join('\n');
  const counts = [...months, ...sums].map((row) => row.slice(0, 1 + COUNTS.length));
  const times = result.months.filter((end) => 'report' in end).map((end) => [end.month, ...timeCells(end)]);
  const first = renderTable([MONTH, ...COUNTS], counts, width);
  if (times.length === 0) return [title, first, ...notes].join('\n');
  const tables = [
    first,
    '',
    renderTable([{ ...MONTH, title: 'seconds' }, ...SECONDS.slice(0, -1), { title: 'whole' }], times, width),
  ];
  return [title, ...tables, ...notes].join('\n');
}

/** A line for each month that failed, and for the load as a whole if something else ended it. */
export function renderFailures(dataset: string, result: LoadResult): string[] {
  const mark = noteColors.red('✖');
  const lines = result.months.flatMap((end) =>
    'error' in end && end.error !== NOT_STARTED
      ? [`${mark} ${dataset} ${end.month}: ${withoutSubject(end.error, `${dataset} ${end.month}`)}`]
      : [],
  );
  const skipped = result.months.filter((end) => 'error' in end && end.error === NOT_STARTED);
  if (skipped.length > 0) {
    lines.push(`${mark} ${dataset}, not started: ${skipped.map(({ month }) => month).join(', ')}`);
  }
  // A range that failed has said why by its months.
  if (result.error !== undefined && result.summary === undefined) {
    lines.push(`${mark} ${dataset}: ${result.error}`);
  }
  return lines;
}

function countCells(end: MonthResult): string[] {
  if ('error' in end) {
    const status =
      end.error === NOT_STARTED ? '–' : colors.red(end.error === CANCELLED ? end.error : 'failed');
    return [status, ...Array<string>(COUNTS.length - 1).fill('')];
  }
  const { status, rowsInFile, inserted, updated, unchanged, duplicates, outsideMonth } = end.report;
  return [
    status === 'loaded' ? colors.green(status) : STATUS_WORDS[status],
    ...[rowsInFile, inserted, updated, unchanged, duplicates, outsideMonth].map(count),
  ];
}

function timeCells(end: MonthResult): string[] {
  if ('error' in end) return Array<string>(SECONDS.length).fill('');
  const { download, copy, hash, merge } = end.report.phases;
  const inSeconds = (ms: number) => (ms / 1000).toFixed(1);
  return [
    ...[download, copy, hash, merge].map((ms) => colors.dim(inSeconds(ms))),
    inSeconds(end.report.durationMs),
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
    ...Array<string>(SECONDS.length).fill(''),
  ].map((cell) => (cell === '' ? cell : colors.bold(cell)));
}
