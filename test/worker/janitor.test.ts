import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sweep } from '../../src/worker/janitor.ts';
import { useDatabase } from '../support/database.ts';
import { stagingTables } from '../support/tables.ts';
import { useTemporal } from '../support/temporal.ts';

const DAY_MS = 24 * 3_600_000;

const database = useDatabase();
const temporal = useTemporal();
let directory: string;

beforeAll(async () => (directory = await mkdtemp(join(tmpdir(), 'fareflow-cache-'))));
afterAll(() => rm(directory, { recursive: true, force: true }));

const sweepAll = () => sweep(database.pool, temporal.client, 'default', { directory });

async function start(workflowId: string): Promise<string> {
  const args = [{ dataset: 'green', month: '2021-01' }];
  const handle = await temporal.client.workflow.start('loadMonth', { taskQueue: 'nobody', workflowId, args });
  return handle.firstExecutionRunId;
}

async function stage(name: string, owner: object): Promise<void> {
  await database.query(`create table fareflow_staging.${name} (n integer)`);
  const facts = { namespace: 'default', createdAt: new Date().toISOString(), ...owner };
  await database.query(`comment on table fareflow_staging.${name} is '${JSON.stringify(facts)}'`);
}

it('drops the tables of loads that are over, and only those', async () => {
  const unknownRun = '00000000-0000-4000-8000-000000000000';
  await stage('of_a_running_load', { workflowId: 'runs', runId: await start('runs') });
  const over = { workflowId: 'over', runId: await start('over') };
  await stage('of_a_terminated_load', over);
  await stage('of_a_terminated_load_outside', over);
  await temporal.client.workflow.getHandle('over').terminate();
  // The same workflow id runs again, which is no reason to keep the table of the run before.
  await start('over');
  await stage('of_an_unknown_load', { workflowId: 'unknown', runId: unknownRun });
  await stage('of_a_forgotten_load', {
    workflowId: 'unknown',
    runId: unknownRun,
    createdAt: new Date(Date.now() - 8 * DAY_MS).toISOString(),
  });
  await stage('of_another_namespace', { namespace: 'other', workflowId: 'over', runId: unknownRun });
  await database.query('create table fareflow_staging.somebody_elses (n integer)');

  const { tables } = await sweepAll();

  expect(tables.sort()).toEqual([
    'of_a_forgotten_load',
    'of_a_terminated_load',
    'of_a_terminated_load_outside',
  ]);
  expect(await stagingTables(database)).toEqual([
    'of_a_running_load',
    'of_an_unknown_load',
    'of_another_namespace',
    'somebody_elses',
  ]);
});

it('removes files that nobody wrote for a day, and only files of loads', async () => {
  const old = new Date(Date.now() - 2 * DAY_MS);
  for (const name of ['new.part', 'new.file', 'old.part', 'old.file', 'old.else', 'queue-id']) {
    await writeFile(join(directory, name), 'x');
    if (!name.startsWith('new')) await utimes(join(directory, name), old, old);
  }
  expect((await sweepAll()).files).toBe(2);
  expect((await readdir(directory)).sort()).toEqual(['new.file', 'new.part', 'old.else', 'queue-id']);
});
