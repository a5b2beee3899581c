/** `npm run chaos`: seeded runs against real servers and workers; exit 1 at the first difference from the truth. */
import { rm } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { brokenVariants } from './broken/index.ts';
import { emphases } from './faults.ts';
import { type Lane, makeDirectory, openLane } from './lane.ts';
import { backFill } from './long.ts';
import { planRun } from './plan.ts';
import { buildProgram, type Program } from './program.ts';
import { performRun } from './run.ts';
import { type Outcome, soak } from './soak.ts';

const { values: flags } = parseArgs({
  options: {
    runs: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    lanes: { type: 'string', default: '1' },
    broken: { type: 'string' },
    emphasis: { type: 'string' },
    long: { type: 'boolean', default: false },
    soak: { type: 'boolean', default: false },
    minutes: { type: 'string', default: '10' },
  },
});
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
try {
  const program = await buildProgram(directory, variant?.patches);
  if (flags.soak) {
    report(await soak(await openAnother(), program, firstSeed, wholeNumber('minutes', flags.minutes)));
  } else if (flags.long) {
    report(await backFill(await openAnother(), program));
  } else {
    await performRuns(program, wholeNumber('runs', flags.runs), wholeNumber('lanes', flags.lanes));
  }
} finally {
  await Promise.all(lanes.map((lane) => lane.close()));
  await rm(directory, { recursive: true, force: true });
}

async function openAnother(): Promise<Lane> {
  const lane = await openLane();
  lanes.push(lane);
  return lane;
}

/** Runs seed after seed, as many side by side as there are lanes, until one differs. */
async function performRuns(program: Program, runs: number, width: number): Promise<void> {
  const begun = Date.now();
  const sum = { runs: 0, loads: 0, committed: 0, faults: 0 };
  const left = new Set<string>();
  let next = firstSeed;
  let differing = 0;
  const work = async () => {
    const lane = await openAnother();
    while (next < firstSeed + runs && differing === 0) {
      const seed = next++;
      const result = await performRun(planRun(seed, emphasis), lane, program);
      sum.runs++;
      sum.loads += result.loads;
      sum.committed += result.committed;
      sum.faults += result.struck.length;
      result.skipped.forEach((reason) => left.add(reason));
      const struck = result.struck.length === 0 ? 'no fault struck' : result.struck.join('; ');
      console.log(
        `seed ${seed}: ${(result.ms / 1000).toFixed(1)} s, ${result.loads} workflows, ${result.committed} committed; ${struck}`,
      );
      if (result.findings.length === 0) continue;
      differing++;
      result.findings.forEach((finding) => console.log(`  ${finding}`));
      console.log(`  the workers' logs and the files: ${result.directory}`);
      const broken = variant === undefined ? '' : ` --broken ${variant.name}`;
      const aim = flags.emphasis === undefined ? '' : ` --emphasis ${flags.emphasis}`;
      console.log(`  to reproduce: npm run chaos -- --runs 1 --seed ${seed}${broken}${aim}`);
    }
  };
  await Promise.all(Array.from({ length: width }, work));
  left.forEach((reason) => console.log(`left out: ${reason}`));
  const seconds = (Date.now() - begun) / 1000;
  const each = `${((seconds * width) / Math.max(1, sum.runs)).toFixed(1)} s a run`;
  conclude(
    differing === 0,
    `${sum.runs} runs from seed ${firstSeed}, ${sum.loads} workflows, ${sum.committed} loads committed, ${sum.faults} faults, ${(seconds / 60).toFixed(1)} minutes, ${each}`,
  );
}

function report({ findings, summary }: Outcome): void {
  findings.forEach((finding) => console.log(`  ${finding}`));
  conclude(findings.length === 0, summary);
}

/** The last line. */
function conclude(isWell: boolean, summary: string): void {
  console.log(`${isWell ? 'all as it must be' : 'DIFFERENT'}: ${summary}`);
  process.exitCode = isWell ? 0 : 1;
}

function wholeNumber(name: string, text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new Error(`--${name} must be a whole number, not ${text}`);
}
