import { expect, it } from 'vitest';
import { planRun } from '../../chaos/plan.ts';
import { useExperiments } from './experiments.ts';

/** Quick ones, which kill workers, PostgreSQL and Temporal, crash a session, cut connections and take a cache away. */
const SEEDS = [1, 4, 6, 7];

const perform = useExperiments();

it.each(SEEDS)(
  'what is built loses and doubles nothing under the faults of seed %i',
  async (seed) => {
    expect(await perform(planRun(seed))).toEqual([]);
  },
  900_000,
);
