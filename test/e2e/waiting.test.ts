import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import {
  type CheckNowResult,
  type LoadMonthsReport,
  type LoadMonthStatus,
  type LoadReport,
  STATUS_QUERY,
} from '../../src/contract.ts';
import { addMonths, monthOf } from '../../src/datasets/month.ts';
import { type CliResult, runCli } from '../support/cli.ts';
import { useDatabase } from '../support/database.ts';
import { useRestartableTemporal } from '../support/restartable-temporal.ts';
import { file, tripFile, useSource } from '../support/source-server.ts';
import { type TestWorker, useWorkers, type WorkerOptions } from '../support/worker-process.ts';
import { contentOf, expectNothingLeft } from './aftermath.ts';

const ROWS = 500;

const database = useDatabase();
const temporal = useRestartableTemporal();
const source = useSource();
const workers = useWorkers();
let options: WorkerOptions;
let worker: TestWorker;

beforeAll(async () => {
  options = { databaseUrl: database.url, temporalAddress: temporal.address, csvUrl: source.urlTemplate };
  worker = await workers.start(options);
});

const fareflow = (...args: string[]): Promise<CliResult> =>
  runCli(args, { env: { TEMPORAL_ADDRESS: temporal.address, DATABASE_URL: database.url } });

async function json<T>(...args: string[]): Promise<T> {
  const { code, stdout, stderr } = await fareflow(...args, '--json');
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout) as T;
}

const publish = (month: string) =>
  source.publish('green', month, file(tripFile({ dataset: 'green', month, rows: ROWS })));

const query = (client: Client, month: string) =>
  client.workflow.getHandle(`load-green-${month}`).query<LoadMonthStatus>(STATUS_QUERY);

/** Resolves once the month's load waits. */
async function waiting(month: string): Promise<LoadMonthStatus> {
  for (;;) {
    const known = await query(temporal.client, month).catch(() => undefined);
    if (known?.phase === 'waiting') return known;
    await sleep(50);
  }
}

describe('a month that is not published', () => {
  const month = addMonths(monthOf(new Date()), -1);

  it('ends a load that does not wait: well, or with 1 for those who want it so', async () => {
    expect(await json<LoadReport>('load', 'green', month)).toMatchObject({ status: 'not_published' });
    const { code, stdout } = await fareflow('load', 'green', month, '--json', '--fail-if-not-published');
    expect([code, (JSON.parse(stdout) as LoadReport).status]).toEqual([1, 'not_published']);
  });

  it('is counted as such by a range that meets its waiting load, and holds up nothing', async () => {
    publish('2021-05');
    await fareflow('load', 'green', '2021-04', '--wait-until-published', '--detach');
    await waiting('2021-04');
    const range = ['load', 'green', '2021-04..2021-05', '--concurrency', '1'];
    expect(await json<LoadMonthsReport>(...range)).toMatchObject({ notPublished: 1, loaded: 1, failed: [] });
    expect((await waiting('2021-04')).publication).toMatchObject({ looks: 2 });
    await fareflow('cancel', 'green', '2021-04');
  });

  it('has nobody who waits for it if no load does', async () => {
    const { code, stderr } = await fareflow('check-now', 'green', '2021-01');
    expect([code, stderr]).toEqual([1, expect.stringContaining('nothing waits for green 2021-01')]);
  });
});

describe('a load that waits for its month', () => {
  it('survives a restart of the worker and of Temporal, and is loaded within seconds after check-now', async () => {
    const month = '2021-03';
    await fareflow('load', 'green', month, '--wait-until-published', '--detach');
    const first = await waiting(month);
    expect(first.publication).toMatchObject({ looks: 1, lastAnswer: 'HTTP 404' });
    const known = first.publication;
    const hoursToNext =
      (Date.parse(known?.nextLookAt ?? '') - Date.parse(known?.lastLookAt ?? '')) / 3_600_000;
    expect(hoursToNext).toBeCloseTo(6, 3);
    const next = known?.nextLookAt.slice(0, 16).replace('T', ' ');
    // Temporal's list has a load's status a moment later.
    await vi.waitFor(
      async () =>
        expect((await fareflow('status', 'green')).stdout).toContain(
          `${month} is not published yet (HTTP 404), next look ${next} UTC`,
        ),
      { timeout: 30_000, interval: 500 },
    );

    expect(await json<CheckNowResult>('check-now', 'green', month)).toMatchObject({
      phase: 'waiting',
      publication: { looks: 2, lastAnswer: 'HTTP 404', waitingSince: known?.waitingSince },
    });

    await worker.kill();
    await temporal.stop();
    await temporal.startAgain();
    worker = await workers.start({ ...options, home: worker.home });
    publish(month);
    const begun = Date.now();
    const { phase } = await json<CheckNowResult>('check-now', 'green', month);
    expect(phase).not.toBe('waiting');
    const report = (await temporal.client.workflow.getHandle(`load-green-${month}`).result()) as LoadReport;
    // For up to ten seconds Temporal hopes that the killed worker, which knew the workflow, is still there.
    expect(Date.now() - begun).toBeLessThan(30_000);
    expect(report).toMatchObject({ status: 'loaded', rowsInFile: ROWS, inserted: ROWS });
    expect(report.durationMs).toBeLessThan(30_000);
    expect(await contentOf(database)).toEqual({ rows: 2 * ROWS, entries: 2 });
    await expectNothingLeft(database, worker);
  });
});
