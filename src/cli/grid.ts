/** Months by data set, a mark each, as wide as a terminal of 80 columns. */
import type { MonthString } from '../contract.ts';
import { calendarRows, isOver } from '../datasets/calendar.ts';
import { findDataset } from '../datasets/index.ts';
import { kindOfName, periodOf, WHOLE } from '../datasets/period.ts';
import type { GridMonth } from '../operations/month-grid.ts';
import { colors } from './colors.ts';
import { count, cut, minute } from './format.ts';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const MARKS: Record<GridMonth['status'], string> = {
  loaded: colors.green('✔'),
  skipped: colors.green('='),
  running: colors.cyan('▸'),
  waiting: colors.yellow('◷'),
  failed: colors.red('✖'),
  not_published: colors.dim('–'),
};
const WORDS: Record<GridMonth['status'], string> = {
  loaded: 'loaded',
  skipped: 'unchanged',
  running: 'running',
  waiting: 'waiting',
  failed: 'failed',
  not_published: 'not published',
};
const MISSING = colors.dim('·');
/** Lines about single months below a data set's grid. */
const MAX_LINES = 8;
const WIDTH = 80;

/** What a grid shows. */
export interface GridOptions {
  now: Date;
  /** From the data set's first month to now, in place of the years of which something is known. */
  whole?: boolean;
}

/** The grid of each data set, and what the marks mean. */
export function renderGrid(grid: readonly GridMonth[], options: GridOptions): string {
  const blocks = [...new Set(grid.map(({ dataset }) => dataset))].map((dataset) =>
    renderDataset(
      dataset,
      grid.filter((month) => month.dataset === dataset),
      options,
    ),
  );
  const used = (Object.keys(MARKS) as GridMonth['status'][]).filter((status) =>
    grid.some((month) => month.status === status),
  );
  const legend = [...used.map((status) => `${MARKS[status]} ${WORDS[status]}`), `${MISSING} missing`];
  return [...blocks, legend.join('  ')].join('\n\n');
}

function renderDataset(dataset: string, months: readonly GridMonth[], options: GridOptions): string {
  const rows = months.reduce((sum, month) => sum + (month.rows ?? 0), 0);
  const kind = kindOfName(months[0]?.month ?? '') ?? 'month';
  const loaded = months.filter(({ rows }) => rows !== null).length;
  return [
    `${colors.bold(dataset)}  ${count(rows)} rows${kind === 'whole' ? '' : ` in ${loaded} ${kind}s`}`,
    ...renderCalendar(dataset, months, options),
    ...notesOf(months),
  ].join('\n');
}

function renderCalendar(dataset: string, months: readonly GridMonth[], options: GridOptions): string[] {
  const byName = new Map(months.map((month) => [month.month, month]));
  const names = months.map(({ month }) => month).sort();
  const firstMonth = findDataset(dataset)?.firstMonth;
  const { from, to } = span(names as [MonthString, ...MonthString[]], firstMonth, options);
  const isMonthly = kindOfName(from) === 'month';
  const cell = (name: MonthString | undefined): string => {
    const month = name === undefined ? undefined : byName.get(name);
    if (month !== undefined) return isMonthly ? wideMark(month) : MARKS[month.status];
    const expected = name !== undefined && isOver(name, options.now) && name >= (firstMonth ?? name);
    const mark = expected ? MISSING : ' ';
    return isMonthly ? ` ${mark} ` : mark;
  };
  const lines = calendarRows(from, to).map(({ label, periods }) =>
    `${label}  ${periods.map(cell).join(isMonthly ? '  ' : '')}`.trimEnd(),
  );
  return isMonthly ? [`      ${MONTHS.join('  ')}`, ...lines] : lines;
}

/**
 * The years of which something is known; those since then too while the last known month is less than a year old, so
 * that a series that stopped shows its gap.
 */
function span(
  names: readonly [MonthString, ...MonthString[]],
  firstMonth: MonthString | undefined,
  { now, whole = false }: GridOptions,
): { from: MonthString; to: MonthString } {
  const [from] = names;
  const to = names.at(-1) ?? from;
  if (to === WHOLE) return { from, to };
  const current = periodOf({ period: kindOfName(to) ?? 'month' }, now);
  const isRecent = Number(current.slice(0, 4)) - Number(to.slice(0, 4)) <= 1;
  const isNewer = current > to && (whole || (isRecent && kindOfName(to) !== 'day'));
  return {
    from: whole && firstMonth !== undefined && firstMonth < from ? firstMonth : from,
    to: isNewer ? current : to,
  };
}

/** A month's mark, or how far its load is. */
function wideMark({ status, percent }: GridMonth): string {
  if (status !== 'running' || percent === null) return ` ${MARKS[status]} `;
  return colors.cyan(`${Math.min(99, percent)}%`.padStart(3));
}

function notesOf(months: readonly GridMonth[]): string[] {
  const lines = months.flatMap((month) => noteOf(month) ?? []);
  const more = lines.length - MAX_LINES;
  return more > 0 ? [...lines.slice(0, MAX_LINES), `  and ${more} more`] : lines;
}

/** What the source said last, and when it is asked again. */
function lookWords(publication: GridMonth['publication']): string {
  if (publication === null) return '';
  return cut(` (${publication.lastAnswer}), next look ${minute(publication.nextLookAt)}`, WIDTH - 32);
}

function noteOf(month: GridMonth): string | undefined {
  const { dataset, month: name, status, phase, percent, attempt, lastFailure } = month;
  switch (status) {
    case 'running': {
      const trouble = attempt !== null && attempt > 1 ? `, attempt ${attempt}: ${lastFailure ?? ''}` : '';
      return cut(
        `${name} is ${phase ?? 'starting'}${percent === null ? '' : ` ${percent} %`}${trouble}`,
        WIDTH - 2,
      ).replace(/^/, '  ');
    }
    case 'waiting':
      return `  ${name} is not published yet${lookWords(month.publication)}`;
    case 'failed':
      return `  ${name} failed; why: fareflow report ${dataset} ${name}`;
    case 'loaded':
    case 'skipped':
    case 'not_published':
      return undefined;
  }
}
