import { isMonth, monthsBetween } from '../datasets/month.ts';
import { UsageError } from './context.ts';

/** Months as people write them: `2021-03`, and ranges such as `2021-01..2021-06`; each once, in order. */
export function parseMonths(words: readonly string[]): string[] {
  return [...new Set(words.flatMap(parseWord))].sort();
}

function parseWord(word: string): string[] {
  const [from = '', to, ...rest] = word.split('..');
  if (rest.length > 0 || !isMonth(from) || (to !== undefined && !isMonth(to))) {
    throw new UsageError(`"${word}" is neither a month such as 2021-03 nor a range such as 2021-01..2021-06`);
  }
  if (to === undefined) return [from];
  if (from > to) throw new UsageError(`the range ${word} is reversed; write ${to}..${from}`);
  return monthsBetween(from, to);
}

/** The one month that a command takes. */
export function parseMonth(word: string): string {
  if (isMonth(word)) return word;
  throw new UsageError(`"${word}" is not a month such as 2021-03`);
}
