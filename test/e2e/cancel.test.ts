import { beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../support/cli.ts';
import { useDatabase } from '../support/database.ts';
import { useGates } from '../support/gates.ts';
import { type Hold, holdAlterTable, holdLedger } from '../support/holds.ts';
import { file, tripFile, useSource, valve } from '../support/source-server.ts';
import { until } from '../support/tables.ts';
import { useTemporal } from '../support/temporal.ts';
import { type TestWorker, useWorkers } from '../support/worker-process.ts';
import { contentOf, expectNothingLeft } from './aftermath.ts';

const LONGEST_S = 5;

const database = useDatabase();
const gates = useGates(database);
const temporal = useTemporal();
const source = useSource();
const workers = useWorkers();
let worker: TestWorker;

beforeAll(async () => {
  worker = await workers.start({
    databaseUrl: database.url,
    temporalAddress: temporal.address,
    csvUrl: source.urlTemplate,
    // One copy and one load at a time, so that there are loads that wait.
    env: { FAREFLOW_WORKER_COPIES: '1', FAREFLOW_MAX_LOADS: '2' },
  });
});

const fareflow = (...args: string[]) =>
  runCli(args, { env: { TEMPORAL_ADDRESS: temporal.address, DATABASE_URL: database.url } });

const start = (month: string) =>
  temporal.client.workflow.start('loadMonth', {
    taskQueue: 'fareflow',
    workflowId: `load-green-${month}`,
    args: [{ dataset: 'green', month }],
  });

const publish = (month: string) =>
  source.publish('green', month, file(tripFile({ dataset: 'green', month, rows: 200, outsideMonth: 3 })));

/** Cancels as people do, and looks what is left once that is said to be done. */
async function expectCancelled(...words: string[]): Promise<void> {
  const { code, stderr } = await fareflow('cancel', 'green', ...words);
  expect({ code, stderr }).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(
      /^load-green-\S+ is cancelled after \d+\.\d s, and nothing of it is left$/m,
    ) as string,
  });
  for (const [, seconds] of stderr.matchAll(/after (\d+\.\d) s/g))
    expect(Number(seconds)).toBeLessThan(LONGEST_S);
}

async function expectAllGone(): Promise<void> {
  await expectNothingLeft(database, worker);
  expect(await contentOf(database)).toEqual({ rows: 0, entries: 0 });
  const locks = await database.query(
    `select 1 from pg_locks where locktype = 'advisory' and granted and pid <> pg_backend_pid()
       and database = (select oid from pg_database where datname = current_database())
       and pid in (select pid from pg_stat_activity where application_name like 'fareflow%')`,
  );
  expect(locks).toEqual([]);
  expect(await database.query('select from fareflow.turns')).toEqual([]);
}

/** Where a load is held, each as a source, a row, a statement or a lock keeps it. */
const PHASES: readonly [string, string, (month: string) => Promise<Hold>][] = [
  [
    'download',
    '2021-01',
    (month) => {
      const slow = valve(tripFile({ dataset: 'green', month, rows: 200 }));
      source.publish('green', month, slow.answer);
      return Promise.resolve({ reached: () => slow.reached, release: () => slow.open() });
    },
  ],
  [
    'the wait for an answer',
    '2021-02',
    (month) => {
      let asked = () => {};
      const reached = new Promise<void>((resolve) => (asked = resolve));
      source.publish('green', month, () => asked());
      return Promise.resolve({ reached: () => reached, release: () => undefined });
    },
  ],
  [
    'copy',
    '2021-03',
    async () => {
      const gate = await gates.close('row');
      return { reached: () => gate.reached(), release: () => gate.open() };
    },
  ],
  ['hash', '2021-04', () => holdAlterTable(database)],
  ['merge', '2021-05', () => holdLedger(database)],
];

describe('a load that is cancelled', () => {
  it.each(PHASES)('in %s ends within five seconds and leaves nothing', async (_, month, holdIn) => {
    publish(month);
    const hold = await holdIn(month);
    await start(month);
    await hold.reached();
    await expectCancelled(month);
    // Before what held it lets go.
    await expectAllGone();
    await hold.release();
  });

  it('while it waits for its turn, or for room to copy, ends as soon', async () => {
    const gate = await gates.close('row');
    const months = ['2021-06', '2021-07', '2021-08'];
    months.forEach(publish);
    for (const [i, month] of months.entries()) {
      await start(month);
      await until(database, 'select count(*) = $1 from fareflow.turns', [i + 1]);
    }
    await gate.reached();
    await until(database, 'select count(*) = 2 from fareflow.turns where began_at is not null');
    for (const month of months.reverse()) await expectCancelled(month);
    await expectAllGone();
    await gate.open();
  });

  it('as a range cancels its months', async () => {
    const gate = await gates.close('row');
    for (const month of ['2021-09', '2021-10', '2021-11', '2021-12']) publish(month);
    const { code } = await fareflow('load', 'green', '2021-09..2021-12', '--detach');
    expect(code).toBe(0);
    await gate.reached();
    await until(database, 'select count(*) = 4 from fareflow.turns');
    await expectCancelled('2021-09..2021-12');
    await expectAllGone();
    const ends = ['09', '10', '11', '12'].map((month) =>
      temporal.client.workflow.getHandle(`load-green-2021-${month}`).describe(),
    );
    expect((await Promise.all(ends)).map(({ status }) => status.name)).toEqual(Array(4).fill('CANCELLED'));
    await gate.open();
  });

  it('as months one by one, where no range of exactly these months runs', async () => {
    const gate = await gates.close('row');
    for (const month of ['2022-02', '2022-03']) {
      publish(month);
      await start(month);
    }
    await until(database, 'select count(*) = 2 from fareflow.turns where began_at is not null');
    const { code, stderr } = await fareflow('cancel', 'green', '2022-01..2022-03');
    expect(code, stderr).toBe(0);
    expect(stderr.match(/load-green-2022-0[23] is cancelled/g)).toHaveLength(2);
    await expectAllGone();
    await gate.open();
    expect((await fareflow('cancel', 'green', '2022-01..2022-03')).stderr).toBe(
      'fareflow: neither load-green-2022-01-2022-03 nor a load of one of its months runs\n',
    );
  });
});
