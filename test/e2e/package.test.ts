import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Mirror, startMirror } from '../../src/mirror/index.ts';
import { version } from '../../src/version.ts';
import { cleanEnvironment, startProgram } from '../support/cli.ts';
import { useDatabase } from '../support/database.ts';
import { installPacked, type Project } from '../support/packed.ts';
import { useTemporal } from '../support/temporal.ts';

const run = promisify(execFile);
const ROWS = 200;

const database = useDatabase();
const temporal = useTemporal();
let project: Project;
let mirror: Mirror;

beforeAll(async () => {
  Runtime.install({
    logger: new DefaultLogger('ERROR', () => undefined),
    telemetryOptions: { logging: { filter: 'ERROR' } },
  });
  [project, mirror] = await Promise.all([
    installPacked(),
    startMirror({ months: [{ dataset: 'green', month: '2021-03', rows: ROWS }] }),
  ]);
});
afterAll(async () => {
  await mirror.close();
  await project.remove();
});

const node = (...args: string[]) =>
  run(process.execPath, args, { cwd: project.directory, env: cleanEnvironment() });

describe('the packed package, in a project of its own', () => {
  it('holds what it needs to run, and no sources or tests', () => {
    for (const file of [
      'dist/client.js',
      'dist/index.d.ts',
      'dist/workflow-bundle.js',
      'migrations/0001_ledger.sql',
    ])
      expect(project.files).toContain(file);
    expect(project.files.filter((file) => /^(src|test|examples|bench|scripts)\//.test(file))).toEqual([]);
  });

  it('is a program', async () => {
    const { bin } = JSON.parse(
      await readFile(join(project.directory, 'node_modules/fareflow/package.json'), 'utf8'),
    ) as { bin: { fareflow: string } };
    const program = join('node_modules/fareflow', bin.fareflow);
    expect((await node(program, '--version')).stdout).toBe(`${version}\n`);
    expect((await node(program, 'datasets', 'list')).stdout).toMatch(/^green /m);
  });

  it('is a library, which loads no native module by itself', async () => {
    const code = `
      const names = Object.keys(await import('fareflow'));
      const contract = Object.keys(await import('fareflow/contract'));
      const workflows = Object.keys(await import('fareflow/workflows'));
      console.log(JSON.stringify({ names, contract, workflows }));`;
    const { stdout } = await node('--input-type=module', '-e', code);
    const found = JSON.parse(stdout) as Record<string, string[]>;
    expect(found['names']).toEqual(
      expect.arrayContaining([
        'createActivities',
        'createDeps',
        'loadMonth',
        'loadMonths',
        'migrate',
        'startLoad',
      ]),
    );
    expect(found['contract']).toContain('loadMonthId');
    expect(found['workflows']).toEqual(expect.arrayContaining(['loadMonth', 'loadMonths', 'resetMonth']));
  });

  it('brings types along that the example fits, and wrong use does not', async () => {
    const wrong = `import { createActivities, type LoadMonthInput } from 'fareflow';
      export const input: LoadMonthInput = { dataset: 'green', month: 3 };
      export const activities = createActivities({ cache: 1 });\n`;
    await writeFile(join(project.directory, 'src/wrong.ts'), wrong);
    const checked: unknown = await node('node_modules/typescript/bin/tsc', '-p', '.').catch(
      (error: unknown) => error,
    );
    const { stdout } = checked as { stdout: string };
    const places = [...stdout.matchAll(/^(\S+)\((\d+),\d+\): error/gm)].map(
      ([, file, line]) => `${file}:${line}`,
    );
    expect(places, stdout).toEqual(['src/wrong.ts:2', 'src/wrong.ts:3']);
  });

  it('works in a worker of its own, beside its workflows and activities', async () => {
    const worker = await startProgram(
      process.execPath,
      ['--import', 'tsx', join(project.directory, 'src/worker.ts')],
      {
        home: project.directory,
        env: {
          DATABASE_URL: database.url,
          TEMPORAL_ADDRESS: temporal.address,
          CSV_URL: mirror.urlTemplate,
        },
      },
    );
    await worker.wrote(/the worker is ready/);
    const report: unknown = await temporal.client.workflow.execute('announcedLoad', {
      taskQueue: 'trips',
      workflowId: 'announced-green-2021-03',
      args: [{ dataset: 'green', month: '2021-03' }],
    });
    expect(report).toMatchObject({ status: 'loaded', inserted: ROWS });
    worker.child.kill('SIGTERM');
    const { code, stdout } = await worker.result;
    expect(code).toBe(0);
    expect(stdout).toMatch(/refreshed the views of green\nannounced green 2021-03: 200 new rows/);
    expect(await database.query('select from green_tripdata')).toHaveLength(ROWS);
  });
});

describe('a workflow that was changed', () => {
  const SIDES = ['before', 'after'] as const;

  /** Which of the recorded histories replay with this version of the workflow. */
  async function replays(version: string): Promise<string[]> {
    const workflowsPath = join(project.directory, version);
    const workflowBundle = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });
    const ends = await Promise.allSettled(
      SIDES.map(async (side) => {
        const file = join(project.directory, `histories/announcedLoad.${side}.json`);
        await Worker.runReplayHistory({ workflowBundle }, JSON.parse(await readFile(file, 'utf8')));
      }),
    );
    return SIDES.filter((_, i) => ends[i]?.status === 'fulfilled');
  }

  it.each([
    ['upgrading/before.ts', ['before']],
    // Without `patched` everything that runs would be stuck.
    ['upgrading/careless.ts', []],
    ['src/announced-load.ts', ['before', 'after']],
    ['upgrading/settled.ts', ['after']],
  ])('as in %s replays what was done %j', async (version, sides) => {
    expect(await replays(version)).toEqual(sides);
  });

  it('is what the page on upgrading shows', async () => {
    const page = await readFile(new URL('../../docs/upgrading.md', import.meta.url), 'utf8');
    for (const file of ['upgrading/before.ts', 'src/announced-load.ts', 'upgrading/settled.ts']) {
      const code = await readFile(join(project.directory, file), 'utf8');
      const body = /^export async function announcedLoad[^]*?^\}$/m.exec(code)?.[0];
      expect(page).toContain(body);
    }
  });
});
