import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { linesOf, runCli } from '../support/cli.ts';
import { useDatabase } from '../support/database.ts';
import { file, tripFile, useSource } from '../support/source-server.ts';
import { useTemporal } from '../support/temporal.ts';
import { type TestWorker, useWorkers } from '../support/worker-process.ts';
import { contentOf, expectNothingLeft } from './aftermath.ts';

const MONTH = '2021-01';
const role = `loader_${randomUUID().slice(0, 8)}`;
const password = randomBytes(12).toString('hex');

const database = useDatabase();
const temporal = useTemporal();
const source = useSource();
const workers = useWorkers();
let worker: TestWorker;

const load = () => runCli(['load', 'green', MONTH], { env: { TEMPORAL_ADDRESS: temporal.address } });

beforeAll(async () => {
  await database.administer(`create role ${role} login password '${password}' in role loader`);
  source.publish('green', MONTH, file(tripFile({ dataset: 'green', month: MONTH, rows: 100 })));
  const url = new URL(database.url);
  [url.username, url.password] = [role, password];
  worker = await workers.start({
    databaseUrl: url.href,
    temporalAddress: temporal.address,
    csvUrl: source.urlTemplate,
  });
});
afterAll(async () => {
  await workers.logs();
  await database.administer(`reassign owned by ${role} to loader; drop owned by ${role}; drop role ${role}`);
});

it('a role that may not make tables fails the load in one line that says what to grant', async () => {
  await database.administer(`revoke loader from ${role}`);
  await database.query(`grant usage on schema fareflow, fareflow_staging to ${role};
    grant select, insert, update, delete on all tables in schema fareflow to ${role};
    grant usage on all sequences in schema fareflow to ${role}`);
  const { code, stderr } = await load();
  expect(code).toBe(1);
  expect(linesOf(stderr).filter((line) => line.startsWith('✖'))).toEqual([
    expect.stringMatching(
      /^✖ green 2021-01: TargetRejected: permission denied for schema fareflow_staging; grant the right to the role/,
    ),
  ]);
  expect(stderr).not.toContain(password);
  expect(await contentOf(database)).toEqual({ rows: 0, entries: 0 });
  await expectNothingLeft(database, worker);
});

it('and the load succeeds once it is granted', async () => {
  await database.administer(`grant loader to ${role}`);
  expect(await load()).toMatchObject({ code: 0 });
  expect(await contentOf(database)).toEqual({ rows: 100, entries: 1 });
});
