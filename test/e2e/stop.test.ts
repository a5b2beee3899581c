import { describe, expect, it } from 'vitest';
import { startCli } from '../support/cli.ts';
import { useDatabase } from '../support/database.ts';
import { useGates } from '../support/gates.ts';
import { file, tripFile, useSource } from '../support/source-server.ts';
import { until } from '../support/tables.ts';
import { useTemporal } from '../support/temporal.ts';
import { useWorkers } from '../support/worker-process.ts';
import { expectNothingLeft } from './aftermath.ts';

const ROWS = 300;
const database = useDatabase();
const gates = useGates(database);
const temporal = useTemporal();
const source = useSource();
const workers = useWorkers();

const options = () => ({
  databaseUrl: database.url,
  temporalAddress: temporal.address,
  csvUrl: source.urlTemplate,
});

async function startHeld(month: string, taskQueue = 'fareflow') {
  source.publish('green', month, file(tripFile({ dataset: 'green', month, rows: ROWS })));
  const gate = await gates.close('row');
  const load = await temporal.client.workflow.start('loadMonth', {
    taskQueue,
    workflowId: `load-green-${month}`,
    args: [{ dataset: 'green', month }],
  });
  return { gate, load };
}

describe('a worker that is told to stop', () => {
  it('and whose grace is over hands its step over, and another worker loads the month', async () => {
    const first = await workers.start({ ...options(), env: { FAREFLOW_SHUTDOWN_GRACE: '1' } });
    const { gate, load } = await startHeld('2021-01');
    await gate.reached();
    const begun = Date.now();
    expect(await first.terminate()).toMatchObject({ code: 0 });
    expect(Date.now() - begun).toBeLessThan(10_000);
    await gate.open();
    const next = await workers.start({ ...options(), home: first.home });
    expect(await load.result()).toMatchObject({ status: 'loaded', inserted: ROWS });
    await expectNothingLeft(database, next);
  });

  it('a second time ends at once, and nothing goes on in PostgreSQL', async () => {
    const worker = await startCli(['worker'], {
      env: {
        DATABASE_URL: database.url,
        TEMPORAL_ADDRESS: temporal.address,
        FAREFLOW_CSV_URL: source.urlTemplate,
        FAREFLOW_TASK_QUEUE: 'stopped-twice',
      },
    });
    await worker.wrote(/worker is ready/);
    const { gate, load } = await startHeld('2021-02', 'stopped-twice');
    await gate.reached();
    worker.child.kill('SIGTERM');
    await worker.wrote(/a second signal ends them at once/);
    // Twice the same request, as npm passes it on, is one.
    worker.child.kill('SIGTERM');
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(worker.child.exitCode).toBeNull();
    const begun = Date.now();
    worker.child.kill('SIGINT');
    const { code, signal } = await worker.result;
    expect({ code, signal }).toEqual({ code: 130, signal: null });
    expect(Date.now() - begun).toBeLessThan(2_000);
    await until(
      database,
      `select count(*) = 0 from pg_stat_activity
       where datname = current_database() and application_name like 'fareflow copy%' and state <> 'idle'`,
    );
    await load.terminate();
    await gate.open();
  });
});
