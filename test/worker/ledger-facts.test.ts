import { expect, it } from 'vitest';
import type { GridMonth } from '../../src/operations/month-grid.ts';
import { factsOf } from '../../src/worker/ledger-facts.ts';

const month = (
  dataset: string,
  month: string,
  status: GridMonth['status'],
  rows: number | null,
): GridMonth => ({
  dataset,
  month,
  status,
  rows,
  phase: null,
  percent: null,
  attempt: null,
  lastFailure: null,
  publication: null,
  finishedAt: null,
});

it('months are counted by status, and the newest one that is in says how old the data is', () => {
  const { counts, newestEnds } = factsOf(
    [
      month('green', '2021-01', 'loaded', 1),
      month('green', '2021-02', 'skipped', 1),
      month('green', '2021-03', 'failed', null),
      month('bikes', '2021-W05', 'loaded', 1),
      month('zones', 'all', 'loaded', 265),
    ],
    ['green', 'yellow'],
    new Date(),
  );
  expect(counts.get('green')).toMatchObject({ loaded: 1, skipped: 1, failed: 1, running: 0, waiting: 0 });
  expect(counts.get('yellow')).toMatchObject({ loaded: 0, failed: 0 });
  expect([...newestEnds].map(([dataset, end]) => [dataset, end.toISOString()])).toEqual([
    ['green', '2021-03-01T00:00:00.000Z'],
    ['bikes', '2021-02-08T00:00:00.000Z'],
  ]);
});
