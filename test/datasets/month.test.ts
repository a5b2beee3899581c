import { describe, expect, it } from 'vitest';
import {
  addMonths,
  isMonth,
  monthBounds,
  monthNumber,
  monthOf,
  monthOfNumber,
  monthsBetween,
} from '../../src/datasets/month.ts';

describe('a month', () => {
  it.each(['2021-03', '1000-01', '9999-12', '2009-10'])('is one: %s', (text) => {
    expect(isMonth(text)).toBe(true);
  });

  it.each([
    '',
    '2021',
    '2021-3',
    '2021-00',
    '2021-13',
    '2021-03-01',
    ' 2021-03',
    '2021-03\n',
    '2021-03 ',
    '0999-12',
    '0000-00',
    '-2021-03',
    '12021-03',
    '２０２１-03',
    '2021/03',
    '2021-1O',
    'NaN-NaN',
  ])('is none: %j', (text) => {
    expect(isMonth(text)).toBe(false);
  });

  it('has a number that follows on that of the month before it', () => {
    expect(monthNumber('2021-01') - monthNumber('2020-12')).toBe(1);
    for (let number = monthNumber('1999-11'); number < monthNumber('2030-02'); number++) {
      expect(monthNumber(monthOfNumber(number))).toBe(number);
      expect(isMonth(monthOfNumber(number))).toBe(true);
    }
  });

  it('is not a number when it is no month', () => {
    expect(() => monthNumber('2021-13')).toThrow('2021-13 is not a month such as 2021-03');
  });

  it('is moved over the ends of years', () => {
    expect(addMonths('2020-12', 1)).toBe('2021-01');
    expect(addMonths('2021-01', -1)).toBe('2020-12');
    expect(addMonths('2021-01', -13)).toBe('2019-12');
    expect(addMonths('2021-06', 0)).toBe('2021-06');
  });

  it('begins and ends where its neighbours do', () => {
    expect(monthBounds('2020-12')).toEqual({ from: '2020-12-01 00:00:00', to: '2021-01-01 00:00:00' });
    for (const month of monthsBetween('2019-01', '2024-12')) {
      expect(monthBounds(month).to).toBe(monthBounds(addMonths(month, 1)).from);
    }
  });

  it('is that of the moment in UTC, wherever the clock stands', () => {
    expect(monthOf(new Date('2021-03-31T23:59:59.999Z'))).toBe('2021-03');
    expect(monthOf(new Date('2021-03-31T23:00:00-05:00'))).toBe('2021-04');
  });
});

describe('a range', () => {
  it('holds both its ends', () => {
    expect(monthsBetween('2020-11', '2021-02')).toEqual(['2020-11', '2020-12', '2021-01', '2021-02']);
    expect(monthsBetween('2021-02', '2021-02')).toEqual(['2021-02']);
  });

  it('is empty when it is reversed', () => {
    expect(monthsBetween('2021-02', '2021-01')).toEqual([]);
  });
});
