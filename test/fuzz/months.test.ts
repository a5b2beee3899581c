import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/cli/context.ts';
import { parseMonth, parseMonths } from '../../src/cli/months.ts';
import {
  addMonths,
  isMonth,
  monthBounds,
  monthNumber,
  monthOf,
  monthOfNumber,
  monthsBetween,
} from '../../src/datasets/month.ts';
import { getDataset } from '../../src/datasets/index.ts';
import { runs } from './runs.ts';

const green = getDataset('green');
const FIRST = monthNumber('1000-01');
const LAST = monthNumber('9999-12');
const number = fc.integer({ min: FIRST, max: LAST });
const month = number.map(monthOfNumber);

/** Texts that are months, nearly months, or anything. */
const text = fc.oneof(
  month,
  fc
    .tuple(fc.integer({ min: -1, max: 12_000 }), fc.integer({ min: -1, max: 100 }))
    .map(([y, m]) => `${y}-${m}`),
  fc.stringMatching(/^[ 0-9٣-]{0,9}\n?$/),
  fc.tuple(month, fc.string({ maxLength: 3 })).map((parts) => parts.join('')),
  fc.string(),
);

describe('months', () => {
  it('have consecutive numbers, there and back, in the order of their names', () => {
    fc.assert(
      fc.property(number, number, (a, b) => {
        const [earlier, later] = [Math.min(a, b), Math.max(a, b)].map(monthOfNumber) as [string, string];
        expect(isMonth(earlier)).toBe(true);
        expect(monthNumber(monthOfNumber(a))).toBe(a);
        expect(earlier <= later).toBe(true);
        expect(addMonths(monthOfNumber(a), b - a)).toBe(monthOfNumber(b));
      }),
      runs(500),
    );
  });

  it('are all there between two of them, each once', () => {
    const span = fc.tuple(number, fc.integer({ min: -5, max: 300 }));
    fc.assert(
      fc.property(span, ([from, length]) => {
        fc.pre(from + length >= FIRST && from + length <= LAST);
        const found = monthsBetween(monthOfNumber(from), monthOfNumber(from + length));
        expect(found.map(monthNumber)).toEqual(
          Array.from({ length: Math.max(0, length + 1) }, (_, i) => from + i),
        );
      }),
      runs(100),
    );
  });

  it('are what the calendar says: each holds its own first and last moment, and no other', () => {
    fc.assert(
      fc.property(month, (each) => {
        fc.pre(each < '9999-12');
        const { from, to } = monthBounds(each);
        const [begin, end] = [from, to].map((moment) => Date.parse(`${moment.replace(' ', 'T')}Z`)) as [
          number,
          number,
        ];
        expect(monthOf(new Date(begin))).toBe(each);
        expect(monthOf(new Date(end - 1))).toBe(each);
        expect(monthOf(new Date(begin - 1))).not.toBe(each);
        expect(monthOf(new Date(end))).toBe(addMonths(each, 1));
      }),
      runs(300),
    );
  });

  it('are exactly the texts of four digits, a hyphen and 01 to 12, from the year 1000', () => {
    fc.assert(
      fc.property(text, (each) => {
        const [year = '', month = '', ...rest] = each.split('-');
        const ascii = /^[0-9]+$/.test(year + month);
        const real = Number(month) >= 1 && Number(month) <= 12 && Number(year) >= 1000;
        const expected = rest.length === 0 && ascii && year.length === 4 && month.length === 2 && real;
        expect(isMonth(each)).toBe(expected);
      }),
      runs(400),
    );
  });
});

describe('months as people write them', () => {
  const near = (a: string) => fc.integer({ min: -3, max: 40 }).map((n) => ({ a, n }));
  const range = month
    .chain(near)
    .filter(({ a, n }) => monthNumber(a) + n >= FIRST && monthNumber(a) + n <= LAST);
  const word = fc.oneof(
    month,
    range.map(({ a, n }) => `${a}..${addMonths(a, n)}`),
    fc.tuple(text, fc.constantFrom('..', '...', '.', ' .. ', ''), text).map((parts) => parts.join('')),
    text,
  );

  it('are a list in order, each once, or refused in one line with the word in it', () => {
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 5 }), (words) => {
        // A range of thousands of years is one for the check of the input, which comes later; it takes its time here.
        fc.pre(words.every((each) => !/^\d{4}-\d\d\.\.\d{4}/.test(each) || spanOf(each) < 5_000));
        const found = outcome(() => parseMonths(words, green));
        if (found instanceof UsageError) {
          expect(words.some((each) => found.message.includes(each))).toBe(true);
          return;
        }
        expect(found.every(isMonth)).toBe(true);
        expect(found).toEqual([...new Set(found)].sort());
      }),
      runs(400),
    );
  });

  it('mean what they say: a range is its months, whatever words there are beside it', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(month, fc.integer({ min: 0, max: 30 })), { minLength: 1, maxLength: 6 }),
        (spans) => {
          fc.pre(spans.every(([from, length]) => monthNumber(from) + length <= LAST));
          const words = spans.map(([from, n]) => (n === 0 ? from : `${from}..${addMonths(from, n)}`));
          const meant = spans.flatMap(([from, n]) => monthsBetween(from, addMonths(from, n)));
          expect(parseMonths(words, green)).toEqual([...new Set(meant)].sort());
        },
      ),
      runs(300),
    );
  });

  it('are one where a command takes one', () => {
    fc.assert(
      fc.property(word, (each) => {
        const found = outcome(() => [parseMonth(each, green)]);
        expect(found instanceof UsageError).toBe(!isMonth(each));
      }),
      runs(500),
    );
  });
});

const spanOf = (range: string) => Math.abs(Number(range.slice(9, 13)) - Number(range.slice(0, 4))) * 12;

/** The list, or the refusal; any other error fails the property. */
function outcome(parse: () => string[]): string[] | UsageError {
  try {
    return parse();
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
}
