import type { MonthString } from '../contract.ts';

const MONTH = /^(\d{4})-(0[1-9]|1[0-2])$/;

/** Whether a text is a calendar month of the years 1000 to 9999, such as `2021-03`. */
export function isMonth(text: string): boolean {
  return MONTH.test(text) && text >= '1000-01';
}

/** Months since year 0: consecutive months have consecutive numbers. */
export function monthNumber(month: MonthString): number {
  const match = MONTH.exec(month);
  if (match === null) throw new RangeError(`${month} is not a month such as 2021-03`);
  return Number(match[1]) * 12 + Number(match[2]) - 1;
}

/** The inverse of `monthNumber`. */
export function monthOfNumber(number: number): MonthString {
  return `${String(Math.floor(number / 12)).padStart(4, '0')}-${String((number % 12) + 1).padStart(2, '0')}`;
}

/** The month after (or, with a negative number, before) a month. */
export function addMonths(month: MonthString, months: number): MonthString {
  return monthOfNumber(monthNumber(month) + months);
}

/** Every month from `from` to `to`, both included; empty when `to` comes first. */
export function monthsBetween(from: MonthString, to: MonthString): MonthString[] {
  const length = Math.max(0, monthNumber(to) - monthNumber(from) + 1);
  return Array.from({ length }, (_, i) => addMonths(from, i));
}

/** The month of a moment in UTC. */
export function monthOf(date: Date): MonthString {
  return date.toISOString().slice(0, 7);
}

/** First moment of a month and of the one after it, as PostgreSQL timestamps: the range is `[from, to)`. */
export function monthBounds(month: MonthString): { from: string; to: string } {
  return { from: `${month}-01 00:00:00`, to: `${addMonths(month, 1)}-01 00:00:00` };
}
