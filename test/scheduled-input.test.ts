import { describe, expect, it } from 'vitest';
import { parseDuration } from '../src/duration.ts';
import { InputError, parseLoadMonthInput } from '../src/inputs.ts';
import { parseScheduledLoadInput } from '../src/scheduled-input.ts';
import { planSchedule } from '../src/operations/schedules.ts';

const green = { dataset: 'green' };

describe('the input of scheduledLoad', () => {
  it('is taken with all its options, which are handed on to the loads', () => {
    const input = {
      ...green,
      lagMonths: 2,
      timezone: 'America/Argentina/Buenos_Aires',
      recheck: 3,
      source: 'csv',
      lookEvery: '1 h',
    };
    expect(parseScheduledLoadInput(input)).toMatchObject({
      lag: 2,
      recheck: 3,
      timezone: 'America/Argentina/Buenos_Aires',
      options: { source: 'csv', lookEvery: '1 h' },
    });
    expect(parseScheduledLoadInput(green)).toMatchObject({
      lag: 0,
      recheck: 0,
      timezone: 'UTC',
      options: {},
    });
    expect(parseScheduledLoadInput({ dataset: 'zones' })).toMatchObject({ lag: 0 });
  });

  it.each([
    [undefined, 'one JSON object, it is nothing'],
    [{}, 'dataset: is missing'],
    [{ dataset: 'purple' }, 'unknown data set "purple"'],
    [{ ...green, month: '2024-01' }, 'month: is not an option of this workflow'],
    [{ ...green, force: true }, 'force: is not an option of this workflow'],
    [{ ...green, lagMonths: -1 }, 'lagMonths: -1 is not a whole number from 0 to 400'],
    [{ ...green, lagMonths: '2' }, 'lagMonths: must be a whole number from 0 to 400, not "2"'],
    [{ ...green, lagWeeks: 1 }, 'lagWeeks: green has a file a month; say lagMonths'],
    [{ dataset: 'zones', lagMonths: 1 }, 'lagMonths: zones is one file'],
    [{ dataset: 'zones', recheck: 1 }, 'recheck: zones is one file, there are no earlier ones'],
    [{ ...green, recheck: 401 }, 'recheck: 401 is not a whole number'],
    [
      { ...green, timezone: 'New York' },
      'timezone: "New York" is not a time zone such as "America/New_York"',
    ],
    [{ ...green, url: 'https://example.org/x.csv' }, 'it needs {month} in it'],
    [{ ...green, lookEvery: 'often' }, 'lookEvery: "often" is not a time such as "6 hours"'],
    [{ ...green, waitAtMost: '2000 days' }, 'waitAtMost: "2000 days" is not a time such as'],
    [{ ...green, labels: { a: 1 } }, 'labels.a: must be text'],
  ])('is refused with the field and the value: %j', (input, message) => {
    expect(() => parseScheduledLoadInput(input)).toThrow(InputError);
    expect(() => parseScheduledLoadInput(input)).toThrow(message);
  });
});

describe('a schedule', () => {
  it.each([
    ['0 9 1 * *', 'UTC', undefined],
    ['  0  9 1 * * ', 'America/New_York', undefined],
    ['@monthly', 'UTC', undefined],
    ['monthly', 'UTC', 'cron: "monthly" is not five fields'],
    ['0 9 1 * * # x', 'UTC', 'cron: "0 9 1 * * # x" is not five fields'],
    ['0 9 1 * *', 'Europe/Atlantis', 'timezone: there is no "Europe/Atlantis"'],
  ])('at %j in %s is refused where it makes no sense', (cron, timezone, refusal) => {
    const plan = () => planSchedule({ cron, input: { ...green, timezone } });
    if (refusal === undefined) expect(plan().cron).toBe(cron.trim().replace('  ', ' '));
    else expect(plan).toThrow(refusal);
  });
});

describe('a length of time', () => {
  it.each([
    ['30 s', 30_000],
    ['90s', 90_000],
    ['1.5 min', 90_000],
    ['15 minutes', 900_000],
    ['6h', 21_600_000],
    ['1 day', 86_400_000],
    ['90 days', 7_776_000_000],
    ['2 weeks', 1_209_600_000],
    ['', undefined],
    ['6', undefined],
    ['6 months', undefined],
    ['-1 h', undefined],
    ['1e3 s', undefined],
  ])('%j is %s milliseconds', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });
});

describe('a month that has begun somewhere on earth', () => {
  const input = { ...green, month: '2024-07' };

  it('is none of the future', () => {
    expect(parseLoadMonthInput(input, new Date('2024-06-30T10:00:00Z')).month).toBe('2024-07');
    expect(() => parseLoadMonthInput(input, new Date('2024-06-30T09:59:59Z'))).toThrow('lies in the future');
  });
});
