import type { Dataset, Period } from '../datasets/index.ts';
import { isPeriod, kindOfName, periodKind, periodsBetween, WHOLE } from '../datasets/period.ts';
import { UsageError } from './context.ts';

const EXAMPLES: Record<Exclude<Period, 'whole'>, { one: string; range: string }> = {
  month: { one: '2021-03', range: '2021-01..2021-06' },
  week: { one: '2021-W05', range: '2021-W01..2021-W08' },
  day: { one: '2021-03-05', range: '2021-03-01..2021-03-31' },
};

/**
 * Months (or weeks, or days) as people write them: `2021-03`, and ranges such as `2021-01..2021-06`; each once, in
 * order. A data set that is one file needs no word.
 */
export function parseMonths(words: readonly string[], dataset: Dataset): string[] {
  const kind = periodKind(dataset);
  if (words.length > 0) return [...new Set(words.flatMap((word) => parseWord(word, dataset)))].sort();
  if (kind === 'whole') return [WHOLE];
  throw new UsageError(`which ${kind}s of ${dataset.name}? Name some, such as ${EXAMPLES[kind].one}`);
}

function parseWord(word: string, dataset: Dataset): string[] {
  const [from = '', to, ...rest] = word.split('..');
  if (rest.length > 0 || !isPeriod(dataset, from) || (to !== undefined && !isPeriod(dataset, to))) {
    throw new UsageError(`"${word}" is ${wanted(dataset)}`);
  }
  if (to === undefined) return [from];
  if (from > to) throw new UsageError(`the range ${word} is reversed; write ${to}..${from}`);
  return periodsBetween(dataset, from, to);
}

function wanted(dataset: Dataset): string {
  const kind = periodKind(dataset);
  if (kind === 'whole') return `not "${WHOLE}"; ${dataset.name} is one file`;
  const { one, range } = EXAMPLES[kind];
  return `neither a ${kind} such as ${one} nor a range such as ${range}`;
}

/** The one month that a command takes; of a data set that somebody defined, it may be of any kind. */
export function parseMonth(word: string, dataset: Dataset | undefined): string {
  const fits = dataset === undefined ? kindOfName(word) !== undefined : isPeriod(dataset, word);
  if (fits) return word;
  const kind = dataset === undefined ? 'month' : periodKind(dataset);
  throw new UsageError(
    kind === 'whole'
      ? `"${word}" is not "${WHOLE}"`
      : `"${word}" is not a ${kind} such as ${EXAMPLES[kind].one}`,
  );
}
