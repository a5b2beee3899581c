import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { Client } from '@temporalio/client';
import { monthsBetween } from '../../src/datasets/month.ts';
import { useDatabase, type TestDatabase } from '../support/database.ts';
import { useGates } from '../support/gates.ts';
import { file, tripFile, useSource, valve } from '../support/source-server.ts';
import { until } from '../support/tables.ts';
import { useTemporal } from '../support/temporal.ts';
import { type TestWorker, useWorkers, type WorkerOptions } from '../support/worker-process.ts';
import { contentOf, expectNothingLeft } from './aftermath.ts';

const temporal = useTemporal();
const source = useSource();
const workers = useWorkers();

const bytesOf = (month: string, rows = 20) => tripFile({ dataset: 'green', month, rows });
const publish = (months: readonly string[]) =>
  months.forEach((month) => source.publish('green', month, file(bytesOf(month))));

function startMonth(client: Client, taskQueue: string, month: string) {
  return client.workflow.start('loadMonth', {
    taskQueue,
    workflowId: `load-green-${month}`,
    args: [{ dataset: 'green', month }],
  });
}

/** The months in the order in which they were committed. */
const order = async (database: TestDatabase) =>
  (await database.query<{ month: string }>('select month from fareflow.loads order by entry')).map(
    ({ month }) => month,
  );

const workerOf = (database: TestDatabase, taskQueue: string, env: WorkerOptions['env']) =>
  workers.start({
    databaseUrl: database.url,
    temporalAddress: temporal.address,
    taskQueue,
    csvUrl: source.urlTemplate,
    env: env ?? {},
  });

describe('fifty loads that are started at once, where three may be under way', () => {
  const LIMIT = 3;
  const MONTHS = monthsBetween('2015-01', '2019-02');
  const database = useDatabase();
  let pair: TestWorker[];

  beforeAll(async () => {
    publish(MONTHS);
    // What PostgreSQL itself sees: loads that have their turn, each time that one gets it, and months with a staging
    // table, each time that one is made.
    await database.administer(`
      create table public.seen (loads bigint, months bigint);
      create function public.see() returns bigint language sql as $$
        insert into public.seen
        select (select count(*) from fareflow.turns where began_at is not null),
          (select count(distinct substring(relname from '^green_\\d{4}_\\d\\d')) from pg_class
           where relnamespace = 'fareflow_staging'::regnamespace and relkind = 'r')
        returning 1 $$;
      create function see_turn() returns trigger language plpgsql as $$ begin perform public.see(); return null; end $$;
      create function see_table() returns event_trigger language plpgsql as $$ begin perform public.see(); end $$;
      create trigger see after update on fareflow.turns for each statement execute function see_turn();
      -- A load is never so short that those beside it are done meanwhile, however slow the machine is.
      create function hold() returns trigger language plpgsql as $$ begin perform pg_sleep(0.5); return null; end $$;
      create trigger hold before insert on fareflow.loads for each statement execute function hold();
      grant insert, select on public.seen to public;
      create event trigger see on ddl_command_end when tag in ('CREATE TABLE') execute function see_table()`);
    const env = { FAREFLOW_MAX_LOADS: String(LIMIT) };
    pair = await Promise.all([1, 2].map(() => workerOf(database, 'fifty', env)));
  });

  it('are never more than three, also when a worker is killed, and all come to their end', async () => {
    expect(MONTHS).toHaveLength(50);
    const loads = await Promise.all(MONTHS.map((month) => startMonth(temporal.client, 'fifty', month)));
    await until(database, 'select count(*) >= 5 from fareflow.loads');
    await pair[0]?.kill();
    const again = await workers.start({
      databaseUrl: database.url,
      temporalAddress: temporal.address,
      taskQueue: 'fifty',
      csvUrl: source.urlTemplate,
      home: pair[0]?.home ?? '',
      env: { FAREFLOW_MAX_LOADS: String(LIMIT) },
    });
    await Promise.all(loads.map((load) => load.result()));
    expect(await contentOf(database)).toEqual({ rows: 50 * 20, entries: 50 });
    const [seen] = await database.query('select max(loads) as loads, max(months) as months from seen');
    expect(seen).toEqual({ loads: LIMIT, months: LIMIT });
    expect(await database.query('select from fareflow.turns')).toEqual([]);
    await expectNothingLeft(database, again);
  });
});

describe('a load that was terminated, and cleared nothing up', () => {
  const database = useDatabase();

  it('keeps its turn from nobody', async () => {
    publish(['2021-11']);
    await workerOf(database, 'terminated', { FAREFLOW_MAX_LOADS: '1' });
    const dead = await startMonth(temporal.client, 'nobody', '2021-10');
    await database.query(
      `insert into fareflow.turns (run_id, namespace, workflow_id, priority, began_at)
       values ($1, 'default', 'load-green-2021-10', 3, now() - interval '1 minute')`,
      [dead.firstExecutionRunId],
    );
    const load = await startMonth(temporal.client, 'terminated', '2021-11');
    await until(database, 'select count(*) = 1 from fareflow.turns where began_at is null');
    await dead.terminate();
    expect(await load.result()).toMatchObject({ status: 'loaded' });
  });
});

describe('a month beside a back-fill', () => {
  const BACK_FILL = monthsBetween('2020-01', '2020-08');
  const startRange = (taskQueue: string) =>
    temporal.client.workflow.start('loadMonths', {
      taskQueue,
      workflowId: `load-green-${taskQueue}`,
      args: [{ dataset: 'green', months: BACK_FILL, concurrency: BACK_FILL.length }],
    });

  describe('where a worker takes one step at a time', () => {
    const database = useDatabase();

    it('passes the months whose steps wait in the queue', async () => {
      publish([...BACK_FILL, '2021-03']);
      const first = valve(bytesOf('2020-01'));
      source.publish('green', '2020-01', first.answer);
      await workerOf(database, 'one-step', { FAREFLOW_WORKER_STEPS: '1' });
      const range = await startRange('one-step');
      await first.reached;
      const month = await startMonth(temporal.client, 'one-step', '2021-03');
      await vi.waitUntil(async () => (await month.describe()).raw.pendingActivities?.length === 1, 30_000);
      first.open();
      await Promise.all([range.result(), month.result()]);
      const committed = await order(database);
      expect(committed).toHaveLength(9);
      // Steps that were handed out before may end before.
      expect(committed.indexOf('2021-03')).toBeLessThan(3);
    });
  });

  describe('where one load may be under way', () => {
    const database = useDatabase();
    const gates = useGates(database);

    it('has its turn before the months that wait for theirs', async () => {
      publish([...BACK_FILL, '2021-03']);
      await workerOf(database, 'one-load', { FAREFLOW_MAX_LOADS: '1' });
      const gate = await gates.close('row');
      const range = await startRange('one-load');
      await until(database, 'select count(*) = 8 from fareflow.turns');
      await gate.reached();
      const month = await startMonth(temporal.client, 'one-load', '2021-03');
      await until(database, 'select count(*) = 9 from fareflow.turns');
      await gate.open();
      await Promise.all([range.result(), month.result()]);
      const committed = await order(database);
      expect(committed).toHaveLength(9);
      expect(committed.indexOf('2021-03')).toBe(1);
    });
  });
});

describe('a source that may be asked sixty times a minute', () => {
  const database = useDatabase();

  it('is asked once a second at most, by two workers together', async () => {
    const months = monthsBetween('2014-01', '2014-06');
    const asked: number[] = [];
    for (const month of months) {
      const answer = file(bytesOf(month));
      source.publish('green', month, (request, response) => {
        asked.push(Date.now());
        return answer(request, response);
      });
    }
    const env = { FAREFLOW_REQUESTS_PER_MINUTE: '60' };
    await Promise.all([1, 2].map(() => workerOf(database, 'slow', env)));
    const loads = await Promise.all(months.map((month) => startMonth(temporal.client, 'slow', month)));
    await Promise.all(loads.map((load) => load.result()));
    expect(asked).toHaveLength(months.length);
    // Each moment is a second after the one before; a busy machine may come late to one and in time to the next.
    expect((asked.at(-1) ?? 0) - (asked[0] ?? 0)).toBeGreaterThan(4_000);
  });
});
