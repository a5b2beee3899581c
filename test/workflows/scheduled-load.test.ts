import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { expect, test } from 'vitest';
import { SearchAttribute } from '../../src/contract.ts';
import { useWorkflows } from './use-workflows.ts';

const workflows = useWorkflows();
const scheduledAt = '2021-03-01T14:00:00.000Z';
const scheduled = {
  typedSearchAttributes: [
    {
      key: defineSearchAttributeKey('TemporalScheduledStartTime', SearchAttributeType.DATETIME),
      value: new Date(scheduledAt),
    },
  ],
};
const green = { dataset: 'green' };
const keyword = (name: string) => defineSearchAttributeKey(name, SearchAttributeType.KEYWORD);

test('the time that the schedule meant, and what its input says, are all that its loads depend on', async () => {
  await workflows.run({}, async (lab) => {
    const input = { ...green, lagMonths: 2, timezone: 'Asia/Tokyo', recheck: 3, source: 'csv' };
    const handle = await lab.start('scheduledLoad', [input], scheduled);
    expect(await handle.result()).toEqual({ ...green, scheduledAt, loads: [] });
    expect(lab.calls.map(({ step, input }) => [step, input])).toEqual([
      [
        'startScheduled',
        {
          ...green,
          scheduledAt,
          timezone: 'Asia/Tokyo',
          lag: 2,
          recheck: 3,
          options: { source: 'csv', waitUntilPublished: true },
        },
      ],
    ]);
    const { typedSearchAttributes } = await handle.describe();
    expect(typedSearchAttributes.get(keyword(SearchAttribute.Dataset))).toBe('green');
    expect(typedSearchAttributes.get(keyword(SearchAttribute.TriggeredBy))).toBe('schedule');
  });
});

test('it does not wait for a month that is not published if it is told not to', async () => {
  await workflows.run({}, async (lab) => {
    await (await lab.start('scheduledLoad', [{ ...green, waitUntilPublished: false }], scheduled)).result();
    expect(lab.calls[0]?.input).toMatchObject({ lag: 0, options: { waitUntilPublished: false } });
  });
});

test('a data set of one’s own goes to its loads with its definition', async () => {
  const definition = {
    name: 'bikes',
    period: 'week',
    first: '2020-W01',
    partitionColumn: 'begun',
    key: ['ride', 'begun'],
    columns: [
      { name: 'ride', type: 'text' },
      { name: 'begun', type: 'timestamp' },
    ],
    sources: [{ format: 'csv', urlTemplate: 'https://example.org/{month}.csv' }],
  };
  await workflows.run({}, async (lab) => {
    const input = { dataset: 'bikes', definition, lagWeeks: 1 };
    await (await lab.start('scheduledLoad', [input], scheduled)).result();
    expect(lab.calls[0]?.input).toMatchObject({ dataset: 'bikes', definition, lag: 1 });
  });
});

test.each([
  ['no time that a schedule meant', [green], {}, /takes its month from the time that a Temporal Schedule/],
  ['a bad input', [{ ...green, lagMonth: 2 }], scheduled, /lagMonth: is not an option of this workflow/],
])('%s fails it at once and for good', async (_name, args, options, message) => {
  await workflows.run({}, async (lab) => {
    const handle = await lab.start('scheduledLoad', args, options);
    await expect(handle.result()).rejects.toMatchObject({
      cause: { type: 'InvalidInput', message, nonRetryable: true },
    });
    expect(lab.calls).toEqual([]);
  });
});
