import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker, type WorkflowBundle } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { workflowSources } from '../scripts/workflow-sources.ts';
import { scenarios } from './support/history-scenarios.ts';

const pathOf = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const directory = pathOf('histories');
const names = (await readdir(directory)).filter((name) => name.endsWith('.json'));
const run = promisify(execFile);

interface HistoryEvent {
  eventType: string;
  activityTaskScheduledEventAttributes?: { activityType: { name: string } };
  startChildWorkflowExecutionInitiatedEventAttributes?: { workflowId: string };
}

interface History {
  events: HistoryEvent[];
}

async function read(name: string): Promise<History> {
  return JSON.parse(await readFile(join(directory, name), 'utf8')) as History;
}

async function historyOf(scenario: string): Promise<History> {
  const name = names.filter((name) => name.startsWith(`${scenario}.`)).at(-1);
  return read(name ?? expect.fail(`there is no history of ${scenario}`));
}

function scheduled(history: History): { activityType: { name: string } }[] {
  return history.events.flatMap((event) => event.activityTaskScheduledEventAttributes ?? []);
}

describe('the workflows of this tree', () => {
  let workflowBundle: WorkflowBundle;

  beforeAll(async () => {
    // A failed replay is logged as well as thrown.
    Runtime.install({
      logger: new DefaultLogger('ERROR', () => undefined),
      telemetryOptions: { logging: { filter: 'ERROR' } },
    });
    workflowBundle = await bundleWorkflowCode({ ...workflowSources, logger: new DefaultLogger('ERROR') });
  });

  const replay = (history: unknown) => Worker.runReplayHistory({ workflowBundle }, history);

  test.each(names)('do today what %s says they did', async (name) => {
    await replay(await read(name));
  });

  test('are held to a history of every scenario', () => {
    const recorded = new Set(names.map((name) => name.split('.').slice(0, 2).join('.')));
    expect([...recorded].sort()).toEqual(scenarios.map(({ name }) => name).sort());
  });

  test('do not pass for ones that run another activity', async () => {
    const history = await historyOf('loadMonth.happy');
    const [, copy] = scheduled(history);
    if (copy === undefined) expect.fail('the history has no second activity');
    copy.activityType.name = 'hashStaging';
    await expect(replay(history)).rejects.toThrow(DeterminismViolationError);
  });

  test('do not pass for ones that take their steps in another order', async () => {
    const history = await historyOf('loadMonth.happy');
    const [, , hash, merge] = scheduled(history);
    if (hash === undefined || merge === undefined) expect.fail('the history has no fourth activity');
    [hash.activityType, merge.activityType] = [merge.activityType, hash.activityType];
    await expect(replay(history)).rejects.toThrow(DeterminismViolationError);
  });

  test('do not pass for ones that start another child', async () => {
    const history = await historyOf('loadMonths.back-fill');
    const child = history.events.find((event) => event.startChildWorkflowExecutionInitiatedEventAttributes);
    const attributes = child?.startChildWorkflowExecutionInitiatedEventAttributes;
    if (attributes === undefined) expect.fail('the history has no child');
    attributes.workflowId = 'load-green-1999-01';
    await expect(replay(history)).rejects.toThrow(DeterminismViolationError);
  });
});

describe('`fareflow replay`', () => {
  let scratch: string;
  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'fareflow-replay-'));
  });
  afterAll(() => rm(scratch, { recursive: true, force: true }));

  const client = pathOf('../dist/client.js');
  const happy = join(directory, names.find((name) => name.startsWith('loadMonth.happy.')) ?? '');

  test('says of each history whether it replays, and stops at the first that does not, with the difference', async () => {
    const history = await historyOf('loadMonth.happy');
    const [, copy] = scheduled(history);
    if (copy === undefined) expect.fail('the history has no second activity');
    copy.activityType.name = 'someStep';
    const other = join(scratch, 'other.json');
    await writeFile(other, JSON.stringify(history));
    const replaying = run(process.execPath, [client, 'replay', happy, other, happy]);
    await expect(replaying).rejects.toMatchObject({
      code: 1,
      stdout: `ok    ${happy}\n`,
      stderr: expect.stringMatching(/^FAIL {2}\S+other\.json: .*(someStep|copyToStaging)/s) as string,
    });
  });

  test('says which file is no history', async () => {
    const broken = join(scratch, 'broken.json');
    await writeFile(broken, '{"events":');
    await expect(run(process.execPath, [client, 'replay', broken])).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`${broken} is not a readable history`) as string,
    });
  });
});

describe('the recorded histories', () => {
  test.each(names)('%s says nothing about the machine that it was recorded on', async (name) => {
    const text = await readFile(join(directory, name), 'utf8');
    expect(text.length).toBeLessThan(40_000);
    const identities = new Set(text.match(/"identity": "[^"]*"/g));
    expect([...identities].sort()).toEqual(['"identity": "client@host"', '"identity": "worker@host"']);
    const payloads = [...text.matchAll(/"data": "([^"]*)"/g)].map(([, data]) =>
      Buffer.from(data ?? '', 'base64'),
    );
    const all = [text, ...payloads.map(String)].join('\n');
    expect(all).not.toMatch(/"stackTrace"|node_modules|file:\/\/|\/(?:home|root|tmp|Users|work)\//);
  });

  test('are not recorded again by mistake', async () => {
    const recording = run(process.execPath, ['--import', 'tsx', pathOf('../scripts/record-histories.ts')], {
      cwd: pathOf('..'),
    });
    await expect(recording).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^not recorded again without --overwrite: loadMonth\.happy\./) as string,
    });
  });
});
