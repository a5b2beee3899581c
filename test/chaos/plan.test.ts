import { describe, expect, it } from 'vitest';
import { points } from '../../chaos/faults.ts';
import { planRun } from '../../chaos/plan.ts';

const SEEDS = Array.from({ length: 300 }, (_, seed) => seed + 1);

describe('a plan', () => {
  it('is the same whenever its seed is', () => {
    expect(planRun(17)).toEqual(planRun(17));
    expect(planRun(17)).not.toEqual(planRun(18));
  });

  it('strikes, over 300 seeds, at every point of a load', () => {
    const struck = SEEDS.flatMap((seed) => planRun(seed).faults.map(({ point }) => point));
    expect([...new Set(struck)].sort()).toEqual([...points].sort());
  });

  it('does, over 300 seeds, everything that it can', () => {
    const deeds = new Set(SEEDS.flatMap((seed) => planRun(seed).faults.map(({ deed }) => deed.kind)));
    const replies = new Set(
      SEEDS.flatMap((seed) => planRun(seed).files.flatMap((file) => file.replies.map(({ kind }) => kind))),
    );
    expect(deeds.size).toBe(15);
    expect(replies.size).toBe(13);
    expect(SEEDS.some((seed) => planRun(seed).diskFull)).toBe(true);
    expect(SEEDS.some((seed) => planRun(seed).clocks.some(({ offsetMs }) => offsetMs !== 0))).toBe(true);
  });
});
