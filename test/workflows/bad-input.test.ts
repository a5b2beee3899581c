import { ApplicationFailure } from '@temporalio/common';
import { describe, expect, test } from 'vitest';
import { startWithTexts } from './start-with-texts.ts';
import { useWorkflows } from './use-workflows.ts';

const workflows = useWorkflows();

const month = { dataset: 'green', month: '2021-03' };
const months = { dataset: 'green', months: ['2021-03'] };
const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);

/** Each is one workflow's arguments, with what the failure's message must say. */
const ALIKE: [name: string, args: string[], says: string][] = [
  ['no argument', [], 'one JSON object, it is nothing'],
  ['null', ['null'], 'one JSON object, it is null'],
  ['true', ['true'], 'it is true'],
  ['a number', ['202103'], 'it is 202103'],
  ['a text', ['"green 2021-03"'], 'it is "green 2021-03"'],
  ['an empty text', ['""'], 'it is ""'],
  ['a list', ['[]'], 'it is []'],
  ['a list with the object', [JSON.stringify([month])], 'one JSON object'],
  ['what is no JSON', ['{dataset: green}'], 'it is "{dataset: green}"'],
  ['no bytes', [''], 'one JSON object, it is nothing'],
  ['two texts', ['"green"', '"2021-03"'], 'there are 2'],
  ['lists in lists without end', [nested(50_000)], ''],
  ['an empty object', ['{}'], 'dataset: is missing'],
  ['a null data set', ['{"dataset":null,"month":"2021-03"}'], 'dataset'],
  ['a data set that is an object', ['{"dataset":{"name":"green"},"month":"2021-03"}'], 'dataset'],
  ['a data set that is deep', [`{"dataset":${nested(50_000)}}`], 'dataset'],
];

const OF_A_MONTH: [name: string, args: string[], says: string][] = [
  ['two objects', [JSON.stringify(month), JSON.stringify(month)], 'there are 2'],
  ['no month', ['{"dataset":"green"}'], 'month: is missing'],
  ['a month as a number', ['{"dataset":"green","month":202103}'], 'month: must be a month such as "2021-03"'],
  ['a thirteenth month', ['{"dataset":"green","month":"2021-13"}'], '"2021-13" is not a month'],
  ['a day', ['{"dataset":"green","month":"2021-03-01"}'], '"2021-03-01" is not a month'],
  ['a month in the future', ['{"dataset":"green","month":"9999-12"}'], '9999-12 lies in the future'],
  [
    "a month before the data set's first",
    ['{"dataset":"green","month":"2008-01"}'],
    '2008-01 comes before green',
  ],
  [
    'a month of a megabyte',
    [JSON.stringify({ ...month, month: '"'.repeat(600_000) })],
    'is not a month such as',
  ],
  ['an unknown option', [JSON.stringify({ ...month, forse: true })], 'forse: is not an option'],
  ['an option with a name of a megabyte', [JSON.stringify({ ...month, ['x'.repeat(1_500_000)]: 1 })], 'xxx'],
  [
    'an option of loadMonths',
    [JSON.stringify({ ...month, concurrency: 2 })],
    'concurrency: is not an option',
  ],
  ['a flag as a text', [JSON.stringify({ ...month, force: 'true' })], 'force: must be true or false'],
  ['a flag that is null', [JSON.stringify({ ...month, force: null })], 'force: must be true or false'],
  [
    'an unknown source',
    [JSON.stringify({ ...month, source: 'xlsx' })],
    '"xlsx" is not "auto", "csv" or "parquet"',
  ],
  ['a source that is deep', [`{"dataset":"green","month":"2021-03","source":${nested(50_000)}}`], ''],
  ['a URL that is none', [JSON.stringify({ ...month, url: 'green.csv' })], '"green.csv" is not a URL'],
  ['labels as a list', [JSON.stringify({ ...month, labels: [1] })], 'labels'],
  ['a label as a number', [JSON.stringify({ ...month, labels: { run: 1 } })], 'labels.run: must be text'],
];

const OF_MONTHS: [name: string, args: string[], says: string][] = [
  ['two objects', [JSON.stringify(months), JSON.stringify(months)], 'there are 2'],
  ['no months', ['{"dataset":"green"}'], 'months are missing'],
  ['an empty list', ['{"dataset":"green","months":[]}'], 'must name a month'],
  ['months as a text', ['{"dataset":"green","months":"2021-03"}'], 'must be a list of months'],
  [
    'a bad month in the list',
    ['{"dataset":"green","months":["2021-03","2021-3"]}'],
    '"2021-3" is not a month',
  ],
  ['half a range', ['{"dataset":"green","from":"2021-03"}'], 'give months, or from and to'],
  ['a reversed range', ['{"dataset":"green","from":"2021-03","to":"2021-01"}'], 'reversed'],
  ['a range without end', ['{"dataset":"green","from":"1000-01","to":"9999-12"}'], 'more than the 1200'],
  ['a list and a range', [JSON.stringify({ ...months, from: '2021-01', to: '2021-02' })], 'give either'],
  ['no lanes', [JSON.stringify({ ...months, concurrency: 0 })], 'from 1 to 32'],
  ['half a lane', [JSON.stringify({ ...months, concurrency: 1.5 })], 'from 1 to 32'],
  ['a thousand lanes', [JSON.stringify({ ...months, concurrency: 1_000 })], 'from 1 to 32'],
  [
    'the URL of one file',
    [JSON.stringify({ ...months, months: ['2021-03', '2021-04'], url: 'https://example.org/x' })],
    'url',
  ],
  [
    'sums of its own',
    [JSON.stringify({ ...months, carried: { loaded: 1, skipped: 0, notPublished: 0, failed: [] } })],
    'carried: is not an option',
  ],
  [
    'sums that would break its books',
    [JSON.stringify({ ...months, carried: { loaded: 1, skipped: 0, notPublished: 0, failed: [null] } })],
    'carried',
  ],
];

describe.each([
  ['loadMonth', [...ALIKE, ...OF_A_MONTH]],
  ['loadMonths', [...ALIKE, ...OF_MONTHS]],
] as const)('%s', (type, cases) => {
  test('fails at once and for good, with a reason, when started with anything but its input', async () => {
    await workflows.run({}, async (lab) => {
      const ends = await Promise.all(
        cases.map(async ([name, args, says]) => ({
          name,
          says,
          ...(await startWithTexts(lab, type, args, '60 seconds')),
        })),
      );
      for (const { name, says, failure, stuck } of ends) {
        expect(failure, name).toBeInstanceOf(ApplicationFailure);
        expect(failure, name).toMatchObject({ type: 'InvalidInput', nonRetryable: true });
        expect((failure as Error).message, name).toContain(says);
        expect((failure as Error).message.length, name).toBeLessThanOrEqual(500);
        expect(stuck, name).toBe(0);
      }
      expect(lab.calls).toEqual([]);
    });
  });

  test('names the data sets that there are when asked for another one', async () => {
    await workflows.run({}, async (lab) => {
      const input = JSON.stringify({ ...(type === 'loadMonth' ? month : months), dataset: 'purple' });
      const { failure } = await startWithTexts(lab, type, [input], '60 seconds');
      expect(failure).toMatchObject({ type: 'UnknownDataset', nonRetryable: true });
      expect((failure as Error).message).toMatch(/unknown data set "purple"; there are .*green/);
    });
  });
});
