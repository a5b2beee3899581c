/** The statements of docs/roles.md, run as they stand there: what they grant is enough. */
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { runCli } from '../support/cli.ts';
import { file, tripFile, useSource } from '../support/source-server.ts';
import { connect } from '../support/tables.ts';
import { useTemporal } from '../support/temporal.ts';
import { useWorkers } from '../support/worker-process.ts';

const MONTH = '2021-01';
const temporal = useTemporal();
const source = useSource();
const workers = useWorkers();
const made: { databases: string[]; roles: string[] } = { databases: [], roles: [] };

/** The page's SQL, a text for each of its blocks, in order. */
const page = await readFile(new URL('../../docs/roles.md', import.meta.url), 'utf8');
const [one = '', separate = '', readers = ''] = [...page.matchAll(/```sql\n(.*?)```/gs)].map(
  (block) => block[1],
);

/** A bike without a number in the second row. */
const RIDES = 'bike,begun\n1,2021-01-04 10:00:00\n?,2021-01-05 10:00:00\n';
const rides = {
  name: 'rides',
  period: 'week',
  first: '2021-W01',
  partitionColumn: 'begun',
  key: ['bike', 'begun'],
  columns: [
    { name: 'bike', type: 'integer' },
    { name: 'begun', type: 'timestamp' },
  ],
  sources: [{ format: 'csv', urlTemplate: 'https://rides.example/{month}.csv' }],
};
let directory: string;
let ridesFile: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fareflow-roles-'));
  ridesFile = join(directory, 'rides.json');
  await writeFile(ridesFile, JSON.stringify(rides));
  source.publish('rides', '2021-W01', file(gzipSync(RIDES)));
  const odd = { outsideMonth: 3, exactDuplicates: 1, keyTwins: 2 };
  source.publish('green', MONTH, file(tripFile({ dataset: 'green', month: MONTH, rows: 300, ...odd })));
});
afterAll(async () => {
  await workers.logs();
  const server = await connect(inject('databaseUrl'));
  for (const name of made.databases) await server.query(`drop database ${name} with (force)`);
  for (const name of made.roles) await server.query(`drop role ${name}`);
  await server.end();
  await rm(directory, { recursive: true });
});

/** A new database in which the statements were run by an administrator, with names of this test's own. */
async function prepare(...statements: string[]) {
  const suffix = randomUUID().slice(0, 8);
  const password = randomBytes(12).toString('hex');
  const warehouse = `warehouse_${suffix}`;
  const named = (text: string) =>
    text
      .replaceAll('warehouse', warehouse)
      .replaceAll('PASSWORD', password)
      .replaceAll(/\b(loader|trips_owner|analyst)\b/g, `$1_${suffix}`);
  const server = await connect(inject('databaseUrl'));
  await server.query(`create database ${warehouse}`);
  await server.query(`revoke all on database ${warehouse} from public`);
  await server.end();
  made.databases.push(warehouse);
  const url = new URL(inject('databaseUrl'));
  url.pathname = `/${warehouse}`;
  const admin = await connect(url.href);
  await admin.query('revoke all on schema public from public');
  for (const text of statements) await admin.query(named(text));
  const created = [...named(statements.join('')).matchAll(/create role (\w+)/g)];
  made.roles.push(...created.map((found) => found[1] ?? ''));
  await admin.end();
  const urlAs = (role: string) => {
    const own = new URL(url);
    [own.username, own.password] = [named(role), password];
    return own.href;
  };
  return { urlAs, named, adminUrl: url.href };
}

/** Migrates as the one role; loads and replaces as the other; all by the program. */
async function expectItWorks(ownerUrl: string, databaseUrl: string, taskQueue: string): Promise<void> {
  const env = {
    DATABASE_URL: databaseUrl,
    TEMPORAL_ADDRESS: temporal.address,
    FAREFLOW_TASK_QUEUE: taskQueue,
  };
  const migrated = await runCli(['migrate'], { env: { DATABASE_URL: ownerUrl } });
  expect(migrated).toMatchObject({ code: 0, stderr: '' });
  const worker = await workers.start({
    databaseUrl,
    taskQueue,
    csvUrl: source.urlTemplate,
    temporalAddress: temporal.address,
  });
  for (const option of [[], ['--replace']]) {
    const { code, stderr } = await runCli(['load', 'green', MONTH, ...option], { env });
    expect({ code, stderr }).toMatchObject({ code: 0 });
  }
  const quarantined = ['--on-bad-row', 'quarantine', '--max-bad-rows', '1'];
  for (const option of [[], ['--replace']]) {
    const words = ['load', 'rides', '2021-W01', '--dataset-file', ridesFile, ...quarantined, ...option];
    const { code, stderr } = await runCli(words, { env });
    expect({ code, stderr }).toMatchObject({ code: 0 });
  }
  expect(await runCli(['loads', '--json'], { env })).toMatchObject({ code: 0 });
  expect(await worker.terminate()).toMatchObject({ code: 0 });
}

// Each starts the program more than ten times, one after the other.
describe('the statements of docs/roles.md', { timeout: 360_000 }, () => {
  it('make a role that migrates and loads', async () => {
    const { urlAs } = await prepare(one);
    await expectItWorks(urlAs('loader'), urlAs('loader'), 'one');
  });

  it('make a role that loads into tables of another one, and one that reads', async () => {
    const { urlAs, named, adminUrl } = await prepare(separate);
    await expectItWorks(urlAs('trips_owner'), urlAs('loader'), 'separate');
    const admin = await connect(adminUrl);
    await admin.query(named("create role analyst login password 'PASSWORD'"));
    made.roles.push(named('analyst'));
    await admin.query(
      named('grant connect on database warehouse to analyst; grant usage on schema public to analyst'),
    );
    await admin.query(named(readers));
    await admin.end();
    const analyst = new pg.Client({ connectionString: urlAs('analyst') });
    await analyst.connect();
    const { rows } = await analyst.query(
      'select count(*)::int > 0 as seen from public.green_tripdata_lineage',
    );
    expect(rows).toEqual([{ seen: true }]);
    expect((await analyst.query('select raw from fareflow.rejected_rows')).rows).toContainEqual({
      raw: '?,2021-01-05 10:00:00',
    });
    await expect(analyst.query('delete from green_tripdata')).rejects.toThrow('permission denied');
    await analyst.end();
    const env = { DATABASE_URL: urlAs('analyst'), FAREFLOW_CSV_URL: source.urlTemplate };
    for (const words of [['loads'], ['status', 'green'], ['verify', 'green', MONTH]]) {
      const { code, stderr } = await runCli(words, { env: { ...env, TEMPORAL_ADDRESS: temporal.address } });
      expect({ code, stderr }, words[0]).toMatchObject({ code: 0 });
    }
  });
});
