/** `npm run chaos`: seeded runs against real servers and workers; exit 1 at the first difference from the truth. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { describeMachine } from '../bench/machine.ts';
import { brokenVariants } from './broken/index.ts';
import { emphases } from './faults.ts';
import { type Lane, makeDirectory, openLane } from './lane.ts';
import { backFill } from './long.ts';
import { planRun } from './plan.ts';
import { buildProgram, type Program } from './program.ts';
import { performRun, type RunResult } from './run.ts';
import { openSite, type Site } from './site.ts';
import { type Outcome, soak } from './soak.ts';
import { addRun, faultsOf, newTally } from './tally.ts';

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    lanes: { type: 'string', default: '3' },
    broken: { type: 'string' },
    emphasis: { type: 'string' },
    minutes: { type: 'string', default: '10' },
    report: { type: 'string' },
  },
});
const experiment = positionals[0] ?? 'runs';
if (positionals.length > 1 || !['runs', 'soak', 'long'].includes(experiment)) {
  throw new Error(`there is no ${positionals.join(' ')}; there are runs, soak and long`);
}
const firstSeed = wholeNumber('seed', flags.seed);
const variant = brokenVariants.find(({ name }) => name === flags.broken);
const emphasis = emphases.find((name) => name === flags.emphasis) ?? variant?.emphasis;
if (flags.emphasis !== undefined && emphasis !== flags.emphasis) {
  throw new Error(`--emphasis is one of ${emphases.join(', ')}`);
}
if (flags.broken !== undefined && variant === undefined) {
  throw new Error(`--broken is one of ${brokenVariants.map(({ name }) => name).join(', ')}`);
}

const directory = await makeDirectory('program-');
const lanes: Lane[] = [];
const sites: Site[] = [];
try {
  const program = await buildProgram(directory, variant?.patches);
  if (experiment === 'soak') {
    await conclude(await soak(await openAnother(program), firstSeed, wholeNumber('minutes', flags.minutes)));
  } else if (experiment === 'long') {
    await conclude(await backFill(await openAnother(program)));
  } else {
    await conclude(
      await performRuns(program, wholeNumber('runs', flags.runs), wholeNumber('lanes', flags.lanes)),
    );
  }
} finally {
  await Promise.all(sites.map((site) => site.close()));
  await Promise.all(lanes.map((lane) => lane.close()));
  await rm(directory, { recursive: true, force: true });
}

async function openAnother(program: Program): Promise<Site> {
  const lane = await openLane();
  lanes.push(lane);
  const site = await openSite(lane, program);
  sites.push(site);
  return site;
}

/** Runs seed after seed, as many side by side as there are lanes, until one differs. */
async function performRuns(program: Program, runs: number, width: number): Promise<Outcome> {
  const begun = Date.now();
  const tally = newTally();
  const left = new Set<string>();
  const findings: string[] = [];
  let next = firstSeed;
  // Runs under way are ended as they should be, and everything with them.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => (next = Infinity));
  const work = async () => {
    const site = await openAnother(program);
    while (next < firstSeed + runs && findings.length === 0) {
      const plan = planRun(next++, emphasis);
      const result = await performRun(plan, site);
      addRun(tally, plan, result);
      result.skipped.forEach((reason) => left.add(reason));
      console.log(inOneLine(plan.seed, result));
      if (result.findings.length === 0) continue;
      const broken = variant === undefined ? '' : ` --broken ${variant.name}`;
      const aim = flags.emphasis === undefined ? '' : ` --emphasis ${flags.emphasis}`;
      findings.push(
        ...result.findings.map((finding) => `seed ${plan.seed}: ${finding}`),
        `the workers' logs and the files: ${result.directory}`,
        `to reproduce: npm run chaos -- --runs 1 --seed ${plan.seed}${broken}${aim}`,
      );
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, runs) }, work));
  left.forEach((reason) => console.log(`left out: ${reason}`));
  const minutes = Number(((Date.now() - begun) / 60_000).toFixed(1));
  const summary = `${tally.runs} runs from seed ${firstSeed} in ${minutes} minutes, ${tally.workflows} workflows, ${tally.loadsCommitted} loads committed, ${faultsOf(tally)} faults`;
  return { findings, summary, measured: { firstSeed, lanes: width, minutes, ...tally } };
}

function inOneLine(seed: number, { ms, loads, entries, struck }: RunResult): string {
  const faults = struck.map(({ kind, when, point, load }) => `${kind} ${when} ${point}, ${load}`);
  const suffered = faults.length === 0 ? 'no fault struck' : faults.join('; ');
  return `seed ${seed}: ${(ms / 1000).toFixed(1)} s, ${loads} workflows, ${entries.length} committed; ${suffered}`;
}

/** Writes the report, if there is to be one, and the last line. */
async function conclude({ findings, summary, measured }: Outcome): Promise<void> {
  findings.forEach((finding) => console.log(`  ${finding}`));
  if (flags.report !== undefined) {
    const report = {
      machine: describeMachine(),
      experiment,
      differences: findings.length,
      summary,
      ...measured,
    };
    await mkdir(dirname(flags.report), { recursive: true });
    await writeFile(flags.report, `${JSON.stringify(report, undefined, 2)}\n`);
  }
  console.log(`${findings.length === 0 ? 'all as it must be' : 'DIFFERENT'}: ${summary}`);
  process.exitCode = findings.length === 0 ? 0 : 1;
}

function wholeNumber(name: string, text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new Error(`--${name} must be a whole number, not ${text}`);
}
