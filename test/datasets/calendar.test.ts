import { describe, expect, it } from 'vitest';
import { calendarRows, isOver } from '../../src/datasets/calendar.ts';

describe('the calendar', () => {
  it('has a row a year of months, weeks or, a row a month, of days', () => {
    expect(calendarRows('2020-11', '2022-02').map(({ label }) => label)).toEqual(['2020', '2021', '2022']);
    expect(calendarRows('2020-11', '2020-12')[0]?.periods).toHaveLength(12);
    const weeks = calendarRows('2020-W53', '2021-W01');
    expect(weeks.map(({ periods }) => periods.filter(Boolean).length)).toEqual([53, 52]);
    const days = calendarRows('2020-12-31', '2021-02-01');
    expect(days.map(({ label, periods }) => [label, periods.filter(Boolean).length])).toEqual([
      ['2020-12', 31],
      ['2021-01', 31],
      ['2021-02', 28],
    ]);
    expect(calendarRows('all', 'all')).toEqual([{ label: 'all', periods: ['all'] }]);
  });

  it('expects no file of a period before it is over', () => {
    const now = new Date('2021-03-31T23:59:00Z');
    expect(['2021-02', '2021-03', '2021-04'].map((month) => isOver(month, now))).toEqual([
      true,
      false,
      false,
    ]);
    expect(['2021-03-30', '2021-03-31'].map((day) => isOver(day, now))).toEqual([true, false]);
    expect(['2021-W12', '2021-W13'].map((week) => isOver(week, now))).toEqual([true, false]);
    expect(isOver('all', now)).toBe(true);
  });
});
