import { describe, expect, it } from 'vitest';
import {
  isPeriod,
  kindOfName,
  monthOfPeriod,
  partitionSuffix,
  periodBounds,
  periodNumber,
  periodOf,
  periodsBetween,
} from '../../src/datasets/period.ts';

const month = {};
const week = { period: 'week' } as const;
const day = { period: 'day' } as const;
const whole = { period: 'whole' } as const;

describe('a period', () => {
  it.each([
    [month, '2021-03'],
    [week, '2021-W01'],
    [week, '2020-W53'],
    [week, '2026-W53'],
    [day, '2024-02-29'],
    [day, '9999-12-31'],
    [whole, 'all'],
  ])('is one: %j %s', (dataset, text) => {
    expect(isPeriod(dataset, text)).toBe(true);
    expect(periodsBetween(dataset, text, text)).toEqual([text]);
    expect(kindOfName(text)).toBe('period' in dataset ? dataset.period : 'month');
  });

  it.each([
    [month, '2021-W03'],
    [month, '2021-03-01'],
    [month, 'all'],
    [week, '2021-W53'],
    [week, '2021-W00'],
    [week, '2021-W5'],
    [week, '2021-w05'],
    [week, '0999-W05'],
    [day, '2023-02-29'],
    [day, '2021-13-01'],
    [day, '2021-00-10'],
    [day, '2021-04-00'],
    [day, '2021-03'],
    [whole, '2021-03'],
    [whole, ''],
  ])('is none: %j %j', (dataset, text) => {
    expect(isPeriod(dataset, text)).toBe(false);
  });

  it('has bounds that touch those of the next, over centuries of weeks', () => {
    const weeks = periodsBetween(week, '1999-W01', '2101-W10');
    expect(new Set(weeks).size).toBe(weeks.length);
    expect(weeks).toEqual(weeks.toSorted());
    weeks.slice(1).forEach((name, i) => {
      const before = weeks[i] as string;
      expect(periodBounds(week, name).from).toBe(periodBounds(week, before).to);
      expect(periodNumber(week, name)).toBe(periodNumber(week, before) + 1);
      expect(periodOf(week, new Date(`${periodBounds(week, name).from.replace(' ', 'T')}Z`))).toBe(name);
    });
  });

  it.each([
    [month, '9999-12', '9999-12-01 00:00:00', '10000-01-01 00:00:00'],
    [month, '0001-01', '0001-01-01 00:00:00', '0001-02-01 00:00:00'],
    [week, '2020-W53', '2020-12-28 00:00:00', '2021-01-04 00:00:00'],
    [week, '0001-W01', '0001-01-01 00:00:00', '0001-01-08 00:00:00'],
    [day, '2024-02-29', '2024-02-29 00:00:00', '2024-03-01 00:00:00'],
    [day, '0099-12-31', '0099-12-31 00:00:00', '0100-01-01 00:00:00'],
  ])('%j %s lasts from %s to %s', (dataset, name, from, to) => {
    expect(periodBounds(dataset, name)).toEqual({ from, to });
  });

  it.each([
    [month, '2021-01'],
    [week, '2020-W53'],
    [day, '2021-01-03'],
    [whole, 'all'],
  ])('%j that holds the 3rd of January 2021 is %s', (dataset, name) => {
    expect(periodOf(dataset, new Date('2021-01-03T23:59:59Z'))).toBe(name);
  });

  it('has a number that fits PostgreSQL’s integer and is above zero', () => {
    for (const [dataset, first, last] of [
      [month, '0001-01', '9999-12'],
      [week, '0001-W01', '9999-W52'],
      [day, '0001-01-01', '9999-12-31'],
      [whole, 'all', 'all'],
    ] as const) {
      expect(periodNumber(dataset, first)).toBeGreaterThan(0);
      expect(periodNumber(dataset, last)).toBeLessThan(2 ** 31);
    }
    expect(() => periodNumber(week, '2021-03')).toThrow('2021-03 is not a week such as "2021-W05"');
  });

  it('begins in a month, unless it is everything', () => {
    expect(monthOfPeriod(week, '2020-W53')).toBe('2020-12');
    expect(monthOfPeriod(day, '2021-03-05')).toBe('2021-03');
    expect(monthOfPeriod(whole, 'all')).toBeUndefined();
  });

  it('has a name that ends a table’s name', () => {
    expect(['2021-03', '2021-W05', '2021-03-05'].map(partitionSuffix)).toEqual([
      '2021_03',
      '2021_w05',
      '2021_03_05',
    ]);
  });
});
