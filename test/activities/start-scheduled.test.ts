import { describe, expect, it } from 'vitest';
import { monthsOf } from '../../src/activities/start-scheduled.ts';
import { getDataset } from '../../src/datasets/index.ts';

const green = getDataset('green');
const of = (scheduledAt: string, options: { timezone?: string; lag?: number; recheck?: number } = {}) => ({
  scheduledAt,
  timezone: 'UTC',
  lag: 0,
  recheck: 0,
  ...options,
});

describe('the months that a scheduled time means', () => {
  it.each([
    ['its own without a lag', of('2024-03-01T09:00:00Z'), ['2024-03']],
    ['one so many months before', of('2024-01-01T09:00:00Z', { lag: 2 }), ['2023-11']],
    [
      'with those before it',
      of('2024-03-31T09:00:00Z', { lag: 1, recheck: 3 }),
      ['2024-02', '2024-01', '2023-12', '2023-11'],
    ],
    [
      'by the day that it is in the time zone, which may be later',
      of('2024-02-29T15:00:00Z', { timezone: 'Asia/Tokyo' }),
      ['2024-03'],
    ],
    ['or earlier', of('2024-03-01T04:59:59Z', { timezone: 'America/New_York' }), ['2024-02']],
    ['none that the data set never had', of('2013-09-05T00:00:00Z', { recheck: 5 }), ['2013-09', '2013-08']],
    ['nor any at all before its first', of('2013-09-05T00:00:00Z', { lag: 5, recheck: 5 }), []],
  ])('are %s', (_name, input, months) => {
    expect(monthsOf(green, input)).toEqual(months);
  });

  it('are weeks or days where a file holds one, and the one file where there is only that', () => {
    const input = of('2024-01-01T09:00:00Z', { lag: 1, recheck: 1 });
    expect(monthsOf({ ...green, period: 'week', firstMonth: '2020-W01' }, input)).toEqual([
      '2023-W52',
      '2023-W51',
    ]);
    expect(monthsOf({ ...green, period: 'day', firstMonth: '2020-01-01' }, input)).toEqual([
      '2023-12-31',
      '2023-12-30',
    ]);
    expect(monthsOf(getDataset('zones'), input)).toEqual(['all']);
  });

  it('are none of a time zone that there is not', () => {
    expect(() => monthsOf(green, of('2024-01-01T09:00:00Z', { timezone: 'Mars/Olympus' }))).toThrow(
      /no "Mars\/Olympus"/,
    );
  });
});
