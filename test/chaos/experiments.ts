/** A lane and programs for one test file. */
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll } from 'vitest';
import { type Lane, makeDirectory, openLane } from '../../chaos/lane.ts';
import type { RunPlan } from '../../chaos/plan.ts';
import { buildProgram, type Patch } from '../../chaos/program.ts';
import { performRun } from '../../chaos/run.ts';
import { openSite, type Site } from '../../chaos/site.ts';

/** Runs a plan with the program as it was built, patched further, and returns every difference from what must be. */
export type Experiment = (plan: RunPlan, patches?: readonly Patch[]) => Promise<string[]>;

/** Opens a lane for this test file, and takes it and everything else away at the end. */
export function useExperiments(): Experiment {
  let lane: Lane;
  const sites = new Map<readonly Patch[], Site>();
  const directories: string[] = [];
  beforeAll(async () => {
    lane = await openLane();
  }, 120_000);
  afterAll(async () => {
    for (const site of sites.values()) await site.close();
    await lane.close();
    await Promise.all(directories.map((directory) => rm(directory, { recursive: true, force: true })));
  }, 60_000);

  async function siteOf(patches: readonly Patch[]): Promise<Site> {
    const known = sites.get(patches);
    if (known !== undefined) return known;
    const programDirectory = await makeDirectory('program-');
    directories.push(programDirectory);
    const site = await openSite(lane, await buildProgram(programDirectory, patches));
    sites.set(patches, site);
    return site;
  }

  const none: readonly Patch[] = [];
  return async (plan, patches = none) => {
    const { findings, directory } = await performRun(plan, await siteOf(patches));
    if (findings.length === 0 || patches.length > 0) directories.push(directory);
    return findings;
  };
}
