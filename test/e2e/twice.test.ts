import { beforeAll, expect, it } from 'vitest';
import type { LoadReport } from '../../src/contract.ts';
import { useDatabase } from '../support/database.ts';
import { file, tripFile, useSource } from '../support/source-server.ts';
import { connect, until } from '../support/tables.ts';
import { useTemporal } from '../support/temporal.ts';
import { type TestWorker, useWorkers } from '../support/worker-process.ts';
import { contentOf, expectNothingLeft } from './aftermath.ts';

const ROWS = 1_000;

const database = useDatabase();
const servers = [useTemporal(), useTemporal()];
const source = useSource();
const workers = useWorkers();
let pair: TestWorker[];

beforeAll(async () => {
  for (const month of ['2021-01', '2021-02']) {
    source.publish('green', month, file(tripFile({ dataset: 'green', month, rows: ROWS }), `"${month}"`));
  }
  pair = await Promise.all(
    servers.map(({ address }) =>
      workers.start({ databaseUrl: database.url, temporalAddress: address, csvUrl: source.urlTemplate }),
    ),
  );
});

const startBoth = (month: string, options: object = {}) =>
  Promise.all(
    servers.map(({ client }) =>
      client.workflow.start('loadMonth', {
        taskQueue: 'fareflow',
        workflowId: `load-green-${month}`,
        args: [{ dataset: 'green', month, ...options }],
      }),
    ),
  );

/** Lets both loads come as far as the merge before either may end it. */
async function meetInTheMerge(month: string, options: object = {}): Promise<LoadReport[]> {
  const keeper = await connect(database.url);
  await keeper.query('begin; lock table fareflow.loads in share mode');
  const loads = await startBoth(month, options);
  await until(
    database,
    `select count(distinct pid) = 2 from pg_locks where not granted and locktype in ('relation', 'advisory')
       and database = (select oid from pg_database where datname = current_database())`,
  );
  await keeper.end();
  return (await Promise.all(loads.map((load) => load.result()))) as LoadReport[];
}

it('two Temporal servers that load one month into one database at once load it once', async () => {
  const reports = await meetInTheMerge('2021-01');
  expect(reports.map(({ status }) => status).sort()).toEqual(['loaded', 'skipped']);
  expect(new Set(reports.map(({ loadId }) => loadId)).size).toBe(1);
  expect(await contentOf(database)).toEqual({ rows: ROWS, entries: 1 });
  await expectNothingLeft(database, ...pair);
});

it('two that both insist find the second time that nothing is new', async () => {
  const reports = await meetInTheMerge('2021-02', { force: true });
  expect(reports.map(({ inserted, unchanged }) => [inserted, unchanged]).sort()).toEqual([
    [0, ROWS],
    [ROWS, 0],
  ]);
  expect(await contentOf(database)).toEqual({ rows: 2 * ROWS, entries: 3 });
  await expectNothingLeft(database, ...pair);
});
