import { describe, expect, it } from 'vitest';
import { datasetNames } from '../src/datasets/index.ts';
import { InputError, parseLoadMonthInput, parseLoadMonthsInput } from '../src/inputs.ts';
import { inputNames } from './fuzz/json.ts';

const TODAY = '2024-06';
const NOW = new Date('2024-06-15T12:00:00Z');
const month = { dataset: 'green', month: '2021-03' };
const months = { dataset: 'green', months: ['2021-03'] };
const json = (text: string): unknown => JSON.parse(text);

/** The error that the parser throws; throws itself if there is none or it is no InputError. */
function refusal(
  parse: typeof parseLoadMonthInput | typeof parseLoadMonthsInput,
  input: unknown,
): InputError {
  try {
    parse(input, NOW);
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
  throw new Error(`was accepted: ${JSON.stringify(input)}`);
}
const monthRefusal = (input: unknown) => refusal(parseLoadMonthInput, input).message;
const monthsRefusal = (input: unknown) => refusal(parseLoadMonthsInput, input).message;

describe('the input of loadMonth', () => {
  it('is taken as it is, with all its options', () => {
    const full = {
      ...month,
      source: 'csv',
      url: 'https://example.org/green.csv.gz',
      force: true,
      replace: false,
      labels: { team: 'fares' },
    };
    expect(parseLoadMonthInput(full, NOW)).toEqual(full);
    expect(parseLoadMonthInput(month, NOW)).toEqual(month);
  });

  it('may be this month and the first that was ever published', () => {
    expect(parseLoadMonthInput({ ...month, month: TODAY }, NOW).month).toBe(TODAY);
    expect(parseLoadMonthInput({ ...month, month: '2013-08' }, NOW).month).toBe('2013-08');
  });

  it.each([
    [undefined, 'one JSON object, it is nothing'],
    [null, 'one JSON object, it is null'],
    [[month], 'one JSON object, it is [{"dataset"'],
    ['green', 'one JSON object, it is "green"'],
    [{}, 'dataset: is missing'],
    [{ dataset: 'green' }, 'month: is missing'],
    [{ ...month, dataset: 7 }, `dataset: must name a data set (${datasetNames().join(', ')}), not 7`],
    [{ ...month, dataset: null }, `dataset: must name a data set (${datasetNames().join(', ')}), not null`],
    [{ ...month, month: 202103 }, 'month: must be a month such as "2021-03", not 202103'],
    [{ ...month, month: '2021-13' }, 'month: "2021-13" is not a month such as "2021-03"'],
    [{ ...month, month: '2021-03-01' }, 'month: "2021-03-01" is not a month'],
    [{ ...month, month: '2024-07' }, '2024-07 lies in the future; it is 2024-06'],
    [{ ...month, month: '2013-07' }, "2013-07 comes before green's first month, 2013-08"],
    [{ ...month, source: 'xml' }, 'source: "xml" is not "auto", "csv" or "parquet"'],
    [{ ...month, url: 'green.csv.gz' }, 'url: "green.csv.gz" is not a URL'],
    [{ ...month, url: 7 }, 'url: must be a URL, not 7'],
    [{ ...month, force: 'true' }, 'force: must be true or false, not "true"'],
    [{ ...month, replace: null }, 'replace: must be true or false, not null'],
    [{ ...month, concurrency: 2 }, 'concurrency: is not an option of this workflow'],
    [{ ...month, forse: true }, 'forse: is not an option of this workflow'],
  ])('is refused with the field and the value: %j', (input, message) => {
    expect(monthRefusal(input)).toContain(message);
    expect(refusal(parseLoadMonthInput, input).type).toBe('InvalidInput');
  });

  it.each(['purple', '', 'Green', '__proto__', 'constructor', 'toString'])(
    'is refused as UnknownDataset when it names the data set %j',
    (dataset) => {
      const error = refusal(parseLoadMonthInput, { ...month, dataset });
      expect(error.type).toBe('UnknownDataset');
      expect(error.message).toBe(
        `unknown data set ${JSON.stringify(dataset)}; there are ${datasetNames().join(', ')}`,
      );
    },
  );

  it.each(['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty'])(
    'is refused when it has an option of the name %s',
    (name) => {
      const input = json(`{"dataset":"green","month":"2021-03","${name}":{"month":"2021-03"}}`);
      expect(monthRefusal(input)).toBe(`${name}: is not an option of this workflow`);
      expect(monthRefusal(json(`{"${name}":{"dataset":"green","month":"2021-03"}}`))).toContain('is missing');
    },
  );
});

describe('labels', () => {
  const labelled = (labels: unknown) => ({ ...month, labels });

  it.each([
    '{}',
    '{"":""}',
    '{"team":"fares","ticket":"A-1"}',
    '{"__proto__":"kept","constructor":"kept","prototype":"kept"}',
    '{"emoji":"🚕"}',
  ])('are kept, every one of them: %s', (text) => {
    const { labels } = parseLoadMonthInput(labelled(json(text)), NOW);
    expect(JSON.stringify(labels)).toBe(text);
  });

  it.each([
    ['null', 'labels: must be an object of texts, not null'],
    ['["a"]', 'labels: must be an object of texts, not ["a"]'],
    ['"team=fares"', 'labels: must be an object of texts, not "team=fares"'],
    ['{"run":1}', 'labels.run: must be text, not 1'],
    ['{"__proto__":{"x":1}}', 'labels.__proto__: must be text, not {"x":1}'],
    ['{"constructor":null}', 'labels.constructor: must be text, not null'],
    [JSON.stringify({ note: 'x'.repeat(201) }), 'labels.note: names and texts have at most 200 characters'],
    [JSON.stringify({ ['x'.repeat(201)]: '' }), 'names and texts have at most 200 characters'],
    ['{"note":"a\\u0000b"}', 'labels.note: "a\\u0000b" holds a character that PostgreSQL cannot store'],
    ['{"note":"\\ud800"}', 'labels.note: "\\ud800" holds a character that PostgreSQL cannot store'],
  ])('are refused with name and value: %s', (text, message) => {
    expect(monthRefusal(labelled(json(text)))).toContain(message);
    expect(monthsRefusal({ ...months, labels: json(text) })).toContain(message);
  });
});

describe('the input of loadMonths', () => {
  it('is a list of months, which come back in order and once each', () => {
    const list = ['2021-03', '2020-12', '2021-03', '2021-01'];
    const parsed = parseLoadMonthsInput({ ...months, months: list }, NOW);
    expect(parsed.months).toEqual(['2020-12', '2021-01', '2021-03']);
  });

  it('is a range, which comes back as its months', () => {
    const parsed = parseLoadMonthsInput({ dataset: 'green', from: '2020-11', to: '2021-02' }, NOW);
    expect(parsed.months).toEqual(['2020-11', '2020-12', '2021-01', '2021-02']);
  });

  it.each([
    [['2021-03'], 'https://example.org/x.csv.gz'],
    [['2021-03', '2021-04'], 'https://example.org/{dataset}_{month}.csv.gz'],
  ])('may have a URL with a place for each of several months: %j %s', (list, url) => {
    expect(parseLoadMonthsInput({ ...months, months: list, url }, NOW).url).toBe(url);
  });

  it.each([1, 32])('may be %i months wide', (concurrency) => {
    expect(parseLoadMonthsInput({ ...months, concurrency }, NOW).concurrency).toBe(concurrency);
  });

  it.each([
    [{ dataset: 'green' }, 'months are missing: give months, or from and to'],
    [{ dataset: 'green', from: '2021-01' }, 'months are missing: give months, or from and to'],
    [{ dataset: 'green', to: '2021-01' }, 'months are missing: give months, or from and to'],
    [{ ...months, from: '2021-01' }, 'give either months, or from and to'],
    [{ ...months, months: [] }, 'months: must name a month'],
    [{ ...months, months: '2021-03' }, 'months: must be a list of months, not "2021-03"'],
    [{ ...months, months: ['2021-03', '2021-3'] }, 'months.1: "2021-3" is not a month'],
    [{ ...months, months: ['2021-03', null] }, 'months.1: must be a month such as "2021-03", not null'],
    [{ ...months, months: ['2021-03', '2024-07'] }, '2024-07 lies in the future'],
    [
      { dataset: 'green', from: '2021-03', to: '2021-01' },
      'the range 2021-03..2021-01 is reversed; write 2021-01..2021-03',
    ],
    [{ dataset: 'green', from: '2013-01', to: '2014-01' }, "2013-01 comes before green's first month"],
    [{ dataset: 'green', from: '1000-01', to: '9999-12' }, '108000 months are more than the 1200'],
    [{ ...months, concurrency: 0 }, 'concurrency: 0 is not a whole number from 1 to 32'],
    [{ ...months, concurrency: 33 }, 'concurrency: 33 is not a whole number from 1 to 32'],
    [{ ...months, concurrency: 1.5 }, 'concurrency: 1.5 is not a whole number from 1 to 32'],
    [{ ...months, concurrency: '4' }, 'concurrency: must be a whole number from 1 to 32, not "4"'],
    [{ ...months, month: '2021-03' }, 'month: is not an option of this workflow'],
    [
      { dataset: 'green', months: ['2021-01', '2021-02'], url: 'https://example.org/x' },
      'url: "https://example.org/x" is one file for 2 months; it needs {month} in it',
    ],
    [{ ...months, url: 'x.csv.gz' }, 'url: "x.csv.gz" is not a URL'],
    [{ ...months, continueOnError: 1 }, 'continueOnError: must be true or false, not 1'],
  ])('is refused with the field and the value: %j', (input, message) => {
    expect(monthsRefusal(input)).toContain(message);
    expect(refusal(parseLoadMonthsInput, input).type).toBe('InvalidInput');
  });

  it('is refused as UnknownDataset when there is no such data set', () => {
    expect(refusal(parseLoadMonthsInput, { ...months, dataset: 'purple' }).type).toBe('UnknownDataset');
  });
});

describe('any JSON value', () => {
  const nested = (levels: number) => json('['.repeat(levels) + ']'.repeat(levels));
  const odd: unknown[] = [
    null,
    true,
    0,
    -1,
    1.5,
    1e308,
    '',
    '__proto__',
    '2021-03',
    'green',
    [],
    {},
    [[]],
    [null],
    { a: 1 },
    json('{"__proto__":{}}'),
    json('{"length":3}'),
    'x'.repeat(1_000_000),
    nested(50_000),
  ];
  const fields = [...inputNames, '__proto__', 'constructor', 'x'.repeat(100_000)];

  it.each([
    ['loadMonth', parseLoadMonthInput, month],
    ['loadMonths', parseLoadMonthsInput, months],
  ])('is taken by %s or refused with a short InputError, and nothing else', (_name, parse, base) => {
    const inputs = [...odd];
    for (const field of fields) {
      for (const value of odd) {
        inputs.push({ ...base, [field]: value }, { [field]: value });
        const own = { ...base };
        Object.defineProperty(own, field, { value, enumerable: true });
        inputs.push(own);
      }
    }
    for (const input of inputs) {
      try {
        const { dataset } = parse(input, NOW);
        expect(['green', 'yellow']).toContain(dataset);
      } catch (error) {
        expect(error).toBeInstanceOf(InputError);
        expect((error as Error).message.length).toBeLessThan(400);
      }
    }
  });
});
