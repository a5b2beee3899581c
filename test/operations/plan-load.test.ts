import { expect, it } from 'vitest';
import { monthsBetween } from '../../src/datasets/month.ts';
import { InputError } from '../../src/inputs.ts';
import { planLoad } from '../../src/operations/start-load.ts';

const plan = (months: string[], options: object = {}) => planLoad({ dataset: 'green', months, ...options });

it('one month is a loadMonth under the id of the month', () => {
  expect(plan(['2021-03'], { force: true, url: undefined, concurrency: 3 })).toEqual({
    type: 'loadMonth',
    workflowId: 'load-green-2021-03',
    months: ['2021-03'],
    input: { dataset: 'green', month: '2021-03', force: true },
  });
});

it('a range is a loadMonths under the id of its ends, and goes on after a failed month', () => {
  expect(plan(['2021-01', '2021-02'])).toMatchObject({
    type: 'loadMonths',
    workflowId: 'load-green-2021-01-2021-02',
    input: { months: ['2021-01', '2021-02'], continueOnError: true },
  });
});

it('months with gaps have an id that only the same months share', () => {
  const ids = [
    ['2021-01', '2021-03'],
    ['2021-01', '2021-02', '2021-03'],
    ['2021-01', '2021-02', '2021-04'],
  ].map((months) => plan(months).workflowId);
  expect(new Set(ids).size).toBe(3);
});

it('many months with gaps have such an id too, of a length that Temporal takes', () => {
  const without = (gap: string) => monthsBetween('2014-01', '2025-12').filter((month) => month !== gap);
  const ids = ['2014-02', '2025-11'].map((gap) => plan(without(gap)).workflowId);
  expect(ids[0]).toMatch(/^load-green-2014-01-2025-12-143-of-them-[0-9a-f]{16}$/);
  expect(plan(without('2014-02').reverse()).workflowId).toBe(ids[0]);
  expect(ids[1]).not.toBe(ids[0]);
});

it('a URL is for one month', () => {
  expect(() => plan(['2021-01', '2021-02'], { url: 'https://x.example/y' })).toThrow(InputError);
});
