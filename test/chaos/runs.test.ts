import { expect, it } from 'vitest';
import { planRun } from '../../chaos/plan.ts';
import { useExperiments } from './experiments.ts';

/** Quick ones that kill workers and PostgreSQL, cut a commit's answer off, freeze, cancel, and spoil what is sent. */
const SEEDS = [2, 6, 9, 13];

const perform = useExperiments();

it.each(SEEDS)(
  'what is built loses and doubles nothing under the faults of seed %i',
  async (seed) => {
    expect(await perform(planRun(seed))).toEqual([]);
  },
  300_000,
);
