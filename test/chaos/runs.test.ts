import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { brokenVariants } from '../../chaos/broken/index.ts';
import { type Lane, makeDirectory, openLane } from '../../chaos/lane.ts';
import { planRun } from '../../chaos/plan.ts';
import { buildProgram, type Program } from '../../chaos/program.ts';
import { performRun } from '../../chaos/run.ts';

/** Together they kill, stop and freeze workers, crash PostgreSQL, and meet a source that answers badly. */
const SEEDS = [1, 2, 3];
/** Within so many runs a broken program must have been found out. */
const ENOUGH = 6;

let lane: Lane;
const directories: string[] = [];

async function programOf(patches: Parameters<typeof buildProgram>[1]): Promise<Program> {
  const directory = await makeDirectory('program-');
  directories.push(directory);
  return buildProgram(directory, patches);
}

beforeAll(async () => {
  lane = await openLane();
}, 120_000);

afterAll(async () => {
  await lane.close();
  await Promise.all(directories.map((directory) => rm(directory, { recursive: true, force: true })));
}, 60_000);

describe('what is built', () => {
  let program: Program;
  beforeAll(async () => {
    program = await programOf([]);
  }, 120_000);

  it.each(SEEDS)(
    'loses and doubles nothing under the faults of seed %i',
    async (seed) => {
      expect((await performRun(planRun(seed), lane, program)).findings).toEqual([]);
    },
    300_000,
  );
});

describe.each(brokenVariants)('a program with $name', ({ patches, emphasis }) => {
  it(`is found out within ${ENOUGH} runs`, async () => {
    const program = await programOf(patches);
    for (let seed = 1; seed <= ENOUGH; seed++) {
      const { findings, directory } = await performRun(planRun(seed, emphasis), lane, program);
      directories.push(directory);
      if (findings.length > 0) return;
    }
    expect.unreachable('the harness noticed nothing');
  }, 600_000);
});
