/** Periods as people see them at a glance: a row a year with a column a month or week, or a row a month of days. */
import type { MonthString } from '../contract.ts';
import { isPeriod, kindOfName, periodOf, WHOLE } from './period.ts';
import type { Period } from './types.ts';

/** A row of the calendar: a year, or of daily data a month. */
export interface CalendarRow {
  label: string;
  /** A period each; undefined where there is none, such as the 31st of February. */
  periods: (MonthString | undefined)[];
}

const COLUMNS: Record<Period, number> = { month: 12, week: 53, day: 31, whole: 1 };
/** How much of a period's name is its row's. */
const LABEL_LENGTH: Record<Period, number> = { month: 4, week: 4, day: 7, whole: 3 };

/** The rows from that of one period to that of another, both of the same kind. */
export function calendarRows(from: MonthString, to: MonthString): CalendarRow[] {
  const kind = kindOfName(from) ?? 'month';
  if (kind === 'whole') return [{ label: WHOLE, periods: [WHOLE] }];
  const [first, last] = [from, to].map((name) => name.slice(0, LABEL_LENGTH[kind])) as [string, string];
  const rows: CalendarRow[] = [];
  for (let label = first; label <= last; label = following(label)) {
    const names = Array.from({ length: COLUMNS[kind] }, (_, i) => nameOf(kind, label, i + 1));
    rows.push({ label, periods: names.map((name) => (isPeriod({ period: kind }, name) ? name : undefined)) });
  }
  return rows;
}

/** Whether a period is over at a moment, so that its file may exist; one that is all there is always may. */
export function isOver(period: MonthString, now: Date): boolean {
  const kind = kindOfName(period) ?? 'month';
  return kind === 'whole' || period < periodOf({ period: kind }, now);
}

function nameOf(kind: Period, label: string, number: number): string {
  const padded = String(number).padStart(2, '0');
  return kind === 'week' ? `${label}-W${padded}` : `${label}-${padded}`;
}

/** The year after a year, the month after a month. */
function following(label: string): string {
  const [year = 0, month] = label.split('-').map(Number);
  if (month === undefined) return String(year + 1);
  return month === 12 ? `${year + 1}-01` : `${year}-${String(month + 1).padStart(2, '0')}`;
}
