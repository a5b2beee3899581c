/** How a load ended, as a table. */
import { colors, noteColors } from './colors.ts';
import { addRows, type LoadReport, noRows, type RowCounts } from '../contract.ts';
import { CANCELLED, type LoadResult, type MonthResult, NOT_STARTED } from '../operations/load-result.ts';
import { count, percent, STATUS_WORDS, withoutSubject } from './format.ts';
import { type Heading, isWithin, renderTable } from './table.ts';

const MONTH: Heading = { title: 'month', align: 'left' };
const TEXTS: readonly Heading[] = ['status', 'from'].map((title) => ({ title, align: 'left' }));
const SECONDS: readonly Heading[] = ['download', 'copy', 'hash', 'merge', 'seconds'].map((title) => ({
  title,
}));

/** A count of rows, and whether it is shown although it is zero everywhere. */
interface CountColumn {
  title: string;
  of: keyof RowCounts;
  always: boolean;
}

const COUNTS: readonly CountColumn[] = [
  { title: 'rows', of: 'rowsInFile', always: true },
  { title: 'new', of: 'inserted', always: true },
  { title: 'changed', of: 'updated', always: true },
  { title: 'same', of: 'unchanged', always: true },
  { title: 'dupl.', of: 'duplicates', always: true },
  { title: 'bad', of: 'rejected', always: false },
  { title: 'removed', of: 'removed', always: false },
  { title: 'outside', of: 'outsideMonth', always: true },
];

/** A load's months and their sum as a table, or as two where `width` has no room for one. */
export function renderResult(dataset: string, result: LoadResult, width: number): string {
  const sum = sumOf(result.months);
  const shown = COUNTS.filter(({ of, always }) => always || sum[of] > 0);
  const headings = [MONTH, ...TEXTS, ...shown.map(({ title }) => ({ title }))];
  const months = result.months.map((end) => [end.month, ...countCells(end, shown), ...timeCells(end)]);
  const sums = result.months.length > 1 ? [sumRow(sum, shown)] : [];
  const notes = result.months.flatMap((end) => ('report' in end ? notesOf(end.report) : []));
  const title = colors.bold(dataset);
  const whole = renderTable([...headings, ...SECONDS], [...months, ...sums]);
  if (isWithin(whole, width)) return [title, whole, ...notes].join('\n');
  const counts = [...months, ...sums].map((row) => row.slice(0, headings.length));
  const times = result.months.filter((end) => 'report' in end).map((end) => [end.month, ...timeCells(end)]);
  const first = renderTable(headings, counts, width);
  if (times.length === 0) return [title, first, ...notes].join('\n');
  const tables = [
    first,
    '',
    renderTable([{ ...MONTH, title: 'seconds' }, ...SECONDS.slice(0, -1), { title: 'whole' }], times, width),
  ];
  return [title, ...tables, ...notes].join('\n');
}

/** What a month's line has no room for. */
function notesOf({ dataset, month, status, sourceUrl, checks, ignoredColumns }: LoadReport): string[] {
  const about = `${dataset} ${month}`;
  return [
    ...(status === 'not_published' ? [`${about} is not published yet at ${sourceUrl}`] : []),
    ...checks
      .filter(({ outcome }) => outcome === 'warned')
      .map(({ name, share, atMost }) =>
        colors.yellow(`${about}: ${name}: ${percent(share)} of the rows, at most ${percent(atMost)}`),
      ),
    ...(ignoredColumns.length === 0
      ? []
      : [colors.yellow(`${about}: left out, since no layout knows them: ${ignoredColumns.join(', ')}`)]),
  ];
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

function countCells(end: MonthResult, shown: readonly CountColumn[]): string[] {
  if ('error' in end) {
    const status =
      end.error === NOT_STARTED ? '–' : colors.red(end.error === CANCELLED ? end.error : 'failed');
    return [status, ...Array<string>(TEXTS.length - 1 + shown.length).fill('')];
  }
  const { status, source } = end.report;
  return [
    status === 'loaded' ? colors.green(status) : STATUS_WORDS[status],
    source,
    ...shown.map(({ of }) => count(end.report[of])),
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

function sumOf(months: readonly MonthResult[]): RowCounts {
  const reports = months.flatMap((end) => ('report' in end ? [end.report] : []));
  return reports.reduce<RowCounts>((rows, report) => addRows(rows, report), noRows());
}

function sumRow(sum: RowCounts, shown: readonly CountColumn[]): string[] {
  return [
    'together',
    ...Array<string>(TEXTS.length).fill(''),
    ...shown.map(({ of }) => count(sum[of])),
    ...Array<string>(SECONDS.length).fill(''),
  ].map((cell) => (cell === '' ? cell : colors.bold(cell)));
}
