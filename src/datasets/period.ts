/**
 * The periods that files are of. A period is known by its name: a month `2021-03`, an ISO week `2021-W05`, a day
 * `2021-03-05`, or `all` for a data set that is one file. Its number is consecutive and, up to the year 9999, above
 * zero and below 2^31.
 */
import type { MonthString } from '../contract.ts';
import { monthNumber, monthOfNumber } from './month.ts';
import type { Dataset, Period } from './types.ts';

/** The name of the only period of a data set that is one file. */
export const WHOLE = 'all';

type Periodic = Pick<Dataset, 'period'>;

/** A way to divide time. Days are counted from the first of the year 0. */
interface Calendar {
  pattern: RegExp;
  /** The number that a text of the pattern names. */
  parse(text: string): number;
  nameOf(number: number): string;
  firstDay(number: number): number;
  /** How PostgreSQL's `to_char` writes the name. */
  format: string;
}

const MS_PER_DAY = 86_400_000;
const DAYS_BEFORE_1970 = 719_528;
/** The first Monday of the year 0 is its third day. */
const MONDAY = 2;

const calendars: Record<Exclude<Period, 'whole'>, Calendar> = {
  month: {
    pattern: /^\d{4}-(0[1-9]|1[0-2])$/,
    parse: monthNumber,
    nameOf: monthOfNumber,
    firstDay: (number) => dayNumber(`${monthOfNumber(number)}-01`),
    format: 'YYYY-MM',
  },
  week: {
    pattern: /^\d{4}-W(0[1-9]|[1-4]\d|5[0-3])$/,
    parse(text) {
      // The fourth of January is always in the first week.
      const first = weekOfDay(dayNumber(`${text.slice(0, 4)}-01-04`));
      return first + Number(text.slice(6)) - 1;
    },
    nameOf(number) {
      // A week belongs to the year of its Thursday.
      const thursday = mondayOf(number) + 3;
      const year = dateOf(thursday).slice(0, -6);
      const week = Math.floor((thursday - dayNumber(`${year}-01-01`)) / 7) + 1;
      return `${year}-W${String(week).padStart(2, '0')}`;
    },
    firstDay: mondayOf,
    format: 'IYYY-"W"IW',
  },
  day: {
    pattern: /^\d{4}-\d\d-\d\d$/,
    parse: dayNumber,
    nameOf: dateOf,
    firstDay: (number) => number,
    format: 'YYYY-MM-DD',
  },
};

/** What one file of a data set holds. */
export function periodKind({ period = 'month' }: Periodic): Period {
  return period;
}

/** What a period's name looks like, for messages: `a month such as "2021-03"`. */
export function describePeriod(dataset: Periodic): string {
  const examples = { month: '2021-03', week: '2021-W05', day: '2021-03-05' };
  const kind = periodKind(dataset);
  return kind === 'whole' ? `"${WHOLE}"` : `a ${kind} such as "${examples[kind]}"`;
}

/** Whether a text names a period of the years 1000 to 9999. */
export function isPeriod(dataset: Periodic, text: string): boolean {
  const calendar = calendarOf(dataset);
  if (calendar === undefined) return text === WHOLE;
  // There is no 30th of February, and not every year has a 53rd week.
  return calendar.pattern.test(text) && text >= '1000' && calendar.nameOf(calendar.parse(text)) === text;
}

/** The number of a period; those of one data set that follow on each other have numbers that do. */
export function periodNumber(dataset: Periodic, name: string): number {
  const calendar = calendarOf(dataset);
  if (calendar === undefined ? name !== WHOLE : !calendar.pattern.test(name)) {
    throw new RangeError(`${name} is not ${describePeriod(dataset)}`);
  }
  return calendar?.parse(name) ?? 1;
}

/** Every period from `from` to `to`, both included; empty when `to` comes first. */
export function periodsBetween(dataset: Periodic, from: string, to: string): string[] {
  const first = periodNumber(dataset, from);
  const length = Math.max(0, periodNumber(dataset, to) - first + 1);
  const calendar = calendarOf(dataset);
  return Array.from({ length }, (_, i) => calendar?.nameOf(first + i) ?? WHOLE);
}

/** The period that holds a moment in UTC. */
export function periodOf(dataset: Periodic, moment: Date): string {
  const day = moment.toISOString().slice(0, 10);
  switch (periodKind(dataset)) {
    case 'month':
      return day.slice(0, 7);
    case 'week':
      return calendars.week.nameOf(weekOfDay(dayNumber(day)));
    case 'day':
      return day;
    case 'whole':
      return WHOLE;
  }
}

/** The period so many periods before one; a data set that is one file has only that. */
export function periodBefore(dataset: Periodic, name: string, periods: number): string {
  return calendarOf(dataset)?.nameOf(periodNumber(dataset, name) - periods) ?? WHOLE;
}

/** First moment of a period and of the one after it, as PostgreSQL timestamps: the range is `[from, to)`. */
export function periodBounds(dataset: Periodic, name: string): { from: string; to: string } {
  const calendar = calendarOf(dataset);
  if (calendar === undefined) throw new RangeError('a data set that is one file has no bounds in time');
  const number = periodNumber(dataset, name);
  const startOf = (number: number) => `${dateOf(calendar.firstDay(number))} 00:00:00`;
  return { from: startOf(number), to: startOf(number + 1) };
}

/** The month in which a period begins; undefined for a data set that is one file. */
export function monthOfPeriod(dataset: Periodic, name: string): MonthString | undefined {
  return calendarOf(dataset) === undefined ? undefined : periodBounds(dataset, name).from.slice(0, 7);
}

/** The SQL expression that names the period of a timestamp, given as an expression. */
export function periodExpression(dataset: Periodic, timestamp: string): string {
  const calendar = calendarOf(dataset);
  return calendar === undefined ? `'${WHOLE}'` : `to_char(${timestamp}, '${calendar.format}')`;
}

/** The SQL condition, for PostgreSQL and DuckDB, that a timestamp lies in a period that has a name; infinity does not. */
export function liesInMonth(timestamp: string): string {
  return `${timestamp} >= timestamp '0001-01-01' and ${timestamp} < timestamp '10000-01-01'`;
}

/** A period's name as the end of a table's name: `2021_03`, `2021_w05`, `2021_03_05`. */
export function partitionSuffix(name: string): string {
  return name.toLowerCase().replaceAll('-', '_');
}

/** Which kind of period a name is of, if any. */
export function kindOfName(name: string): Period | undefined {
  const kinds = ['month', 'week', 'day', 'whole'] as const;
  return kinds.find((period) => isPeriod({ period }, name));
}

function calendarOf(dataset: Periodic): Calendar | undefined {
  const kind = periodKind(dataset);
  return kind === 'whole' ? undefined : calendars[kind];
}

/** Days since the first of the year 0, by the calendar of today, as PostgreSQL counts too. */
function dayNumber(date: string): number {
  const [year = 0, month = 1, day = 1] = date.split('-').map(Number);
  // The constructor would take the years up to 99 for those of the last century.
  return new Date(0).setUTCFullYear(year, month - 1, day) / MS_PER_DAY + DAYS_BEFORE_1970;
}

function dateOf(day: number): string {
  const date = new Date((day - DAYS_BEFORE_1970) * MS_PER_DAY);
  const padded = (number: number, length: number) => String(number).padStart(length, '0');
  return `${padded(date.getUTCFullYear(), 4)}-${padded(date.getUTCMonth() + 1, 2)}-${padded(date.getUTCDate(), 2)}`;
}

function weekOfDay(day: number): number {
  return Math.floor((day - MONDAY) / 7);
}

function mondayOf(week: number): number {
  return week * 7 + MONDAY;
}
