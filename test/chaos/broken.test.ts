import { expect, it } from 'vitest';
import { brokenVariants } from '../../chaos/broken/index.ts';
import { planRun } from '../../chaos/plan.ts';
import { useExperiments } from './experiments.ts';

/** The first of them finds each variant out, nearly always; the others are for when it does not. */
const SEEDS = [3, 1, 2, 4, 5];

const perform = useExperiments();

it.each(brokenVariants)(
  'a program with $name is found out',
  async ({ patches, emphasis }) => {
    for (const seed of SEEDS) {
      if ((await perform(planRun(seed, emphasis), patches)).length > 0) return;
    }
    expect.unreachable(`nothing was noticed in ${SEEDS.length} runs`);
  },
  900_000,
);
