import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { LoadMonthsReport } from '../../src/contract.ts';
import { addMonths, monthOf } from '../../src/datasets/month.ts';
import {
  listSchedules,
  readSchedule,
  type ScheduleLine,
  type ScheduleStatus,
} from '../../src/operations/schedule-status.ts';
import { type CliResult, runCli } from '../support/cli.ts';
import { useDatabase } from '../support/database.ts';
import { file, tripFile, useSource } from '../support/source-server.ts';
import { useTemporal } from '../support/temporal.ts';
import { type TestWorker, useWorkers, type WorkerOptions } from '../support/worker-process.ts';

const ROWS = 200;
/** What a schedule with a lag of two months means now. */
const THIS_MONTH = addMonths(monthOf(new Date()), -2);

const database = useDatabase();
const temporal = useTemporal();
const source = useSource();
const workers = useWorkers();
let options: WorkerOptions;
let worker: TestWorker;
let scratch: string;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'fareflow-schedules-'));
  options = { databaseUrl: database.url, temporalAddress: temporal.address, csvUrl: source.urlTemplate };
  worker = await workers.start(options);
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

const fareflow = (...args: string[]): Promise<CliResult> =>
  runCli(args, { env: { TEMPORAL_ADDRESS: temporal.address } });

async function ok(...args: string[]): Promise<CliResult> {
  const result = await fareflow(...args);
  expect(result.code, result.stderr).toBe(0);
  return result;
}

const json = async <T>(...args: string[]) => JSON.parse((await ok(...args, '--json')).stdout) as T;

/** The real `temporal`, as scripts call it. */
async function cli(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(inject('temporalCli'), [
    ...args,
    '--address',
    temporal.address,
  ]);
  return stdout;
}

const publish = (dataset: string, month: string) =>
  source.publish(dataset, month, file(tripFile({ dataset: dataset as 'green', month, rows: ROWS })));

const ledger = (dataset: string) =>
  database.query<{ month: string; loads: number }>(
    'select month, count(*)::int as loads from fareflow.loads where dataset = $1 group by 1 order by 1',
    [dataset],
  );

const loaded = (months: readonly string[]) => months.map((month) => ({ month, loads: 1 }));

/** What came of a schedule's times, once so many of them are through. */
async function outcomes(dataset: string, runs: number): Promise<ScheduleStatus['recent']> {
  for (;;) {
    const { recent } = await readSchedule(temporal.client, dataset);
    if (recent.filter(({ status }) => status === 'completed').length >= runs) return recent;
    await sleep(100);
  }
}

const resultOf = (dataset: string, month: string) =>
  temporal.client.workflow.getHandle(`load-${dataset}-${month}`).result();

describe('a schedule', () => {
  const create = ['schedule', 'create', 'green', '--cron', '0 9 1 * *', '--timezone', 'America/New_York'];

  it('is created once, however often it is asked for, and changed when something else is', async () => {
    const args = [...create, '--lag-months', '2'];
    expect(await json(...args)).toMatchObject({ scheduleId: 'load-green', outcome: 'created' });
    expect(await json(...args)).toMatchObject({ outcome: 'unchanged' });
    expect(await json(...args, '--recheck', '2')).toMatchObject({ outcome: 'updated' });
    expect(await json<ScheduleLine[]>('schedule', 'list')).toMatchObject([
      {
        scheduleId: 'load-green',
        dataset: 'green',
        cron: '0 9 1 * *',
        timezone: 'America/New_York',
        paused: false,
      },
    ]);
  });

  it('that is triggered loads its month as soon as it is published, once, and looks at those before it again', async () => {
    const [before, earlier] = [addMonths(THIS_MONTH, -1), addMonths(THIS_MONTH, -2)];
    publish('green', before);
    publish('green', earlier);
    await ok('schedule', 'trigger', 'green');
    const [first] = await outcomes('green', 1);
    expect(first?.loads.map(({ month, started }) => [month, started])).toEqual([
      [THIS_MONTH, true],
      [before, true],
      [earlier, true],
    ]);
    await Promise.all([resultOf('green', before), resultOf('green', earlier)]);

    // Nobody is there when the next time comes, nor when the month is published.
    await worker.kill();
    await ok('schedule', 'trigger', 'green');
    publish('green', THIS_MONTH);
    worker = await workers.start({ ...options, home: worker.home });
    const [second] = await outcomes('green', 2);
    expect(second?.loads[0]).toMatchObject({ month: THIS_MONTH, started: false });
    expect(await resultOf('green', THIS_MONTH)).toMatchObject({ status: 'loaded', rowsInFile: ROWS });
    expect(await resultOf('green', before)).toMatchObject({ status: 'skipped' });
    expect(await ledger('green')).toEqual(loaded([earlier, before, THIS_MONTH]));
  });

  it('that is paused says so, and why, and starts nothing until it is resumed', async () => {
    await ok('schedule', 'pause', 'green', '--note', 'the mirror is moving');
    expect(await json(...create, '--lag-months', '2')).toMatchObject({ outcome: 'updated' });
    const { stdout } = await ok('schedule', 'describe', 'green');
    expect(stdout).toMatch(/paused: the mirror is moving/);
    await ok('schedule', 'resume', 'green');
    expect(await readSchedule(temporal.client, 'green')).toMatchObject({ paused: false });
  });

  it('fills in months of the past, several at a time, as it loads its own', async () => {
    const months = ['2020-11', '2020-12', '2021-01'];
    for (const month of months) publish('green', month);
    const report = await json<LoadMonthsReport>(
      'schedule',
      'backfill',
      'green',
      '2020-11..2021-01',
      '--concurrency',
      '2',
    );
    expect(report).toMatchObject({ loaded: 3, failed: [], rowsInFile: 3 * ROWS });
    expect((await ledger('green')).slice(0, 3)).toEqual(loaded(months));
  });

  it('that is deleted is gone', async () => {
    await ok('schedule', 'delete', 'green');
    expect(await listSchedules(temporal.client)).toEqual([]);
    const { code, stderr } = await fareflow('schedule', 'describe', 'green');
    expect([code, stderr]).toEqual([1, expect.stringContaining('green has no schedule')]);
  });
});

describe('a schedule that `temporal` makes from raw JSON', () => {
  const months = ['2019-01', '2019-02', '2019-03'];

  it('takes each month from the time that is made up for, and loads it once', async () => {
    for (const month of months) publish('yellow', month);
    await cli(
      ...[
        'schedule',
        'create',
        '--schedule-id',
        'load-yellow',
        '--cron',
        '0 0 1 * *',
        '--time-zone',
        'Asia/Tokyo',
      ],
      ...['--type', 'scheduledLoad', '--task-queue', 'fareflow', '--workflow-id', 'scheduled-yellow'],
      ...['--overlap-policy', 'AllowAll', '--catchup-window', '365d'],
      ...['--input', JSON.stringify({ dataset: 'yellow', lagMonths: 2, timezone: 'Asia/Tokyo' })],
    );
    const backfill = ['schedule', 'backfill', '--schedule-id', 'load-yellow', '--overlap-policy', 'AllowAll'];
    // Midnight in Tokyo is the afternoon of the month before in UTC.
    await cli(...backfill, '--start-time', '2019-02-28T00:00:00Z', '--end-time', '2019-05-01T00:00:00Z');
    await outcomes('yellow', 3);
    await Promise.all(months.map((month) => resultOf('yellow', month)));
    expect(await ledger('yellow')).toEqual(loaded(months));
  });

  it('is one that every command knows', async () => {
    expect(await json('schedule', 'list')).toMatchObject([
      { scheduleId: 'load-yellow', timezone: 'Asia/Tokyo' },
    ]);
    const { runs, input } = await json<ScheduleStatus>('schedule', 'describe', 'yellow');
    expect([runs, input.lagMonths]).toEqual([3, 2]);
    await ok('schedule', 'delete', 'yellow');
  });
});

describe('a file of schedules', () => {
  async function apply(text: string, ...flags: string[]): Promise<CliResult> {
    const path = join(scratch, 'schedules.yaml');
    await writeFile(path, text);
    return fareflow('schedule', 'apply', path, ...flags);
  }
  const two =
    'schedules:\n  - dataset: fhv\n    cron: 0 9 1 * *\n    lagMonths: 2\n  - dataset: zones\n    cron: 0 9 * * MON\n';
  const one = two.replace(/ {2}- dataset: zones(.|\n)*/, '');

  it('is made true, and is no work the second time', async () => {
    expect((await apply(two)).stdout).toBe('load-fhv  created\nload-zones  created\n');
    expect((await apply(two)).stdout).toBe('load-fhv  unchanged\nload-zones  unchanged\n');
    expect((await apply(one)).stdout).toBe('load-fhv  unchanged\n');
    expect((await apply(one, '--prune')).stdout).toBe('load-fhv  unchanged\nload-zones  deleted\n');
  });

  it('changes nothing if anything in it is wrong', async () => {
    const { code, stderr } = await apply(
      two.replace('cron: 0 9 1', 'cron: 0 8 1').replace('MON', 'MON x y z'),
    );
    expect([code, stderr]).toEqual([2, expect.stringMatching(/schedules\.yaml:6: schedules\.1\.cron: /)]);
    expect(await listSchedules(temporal.client)).toMatchObject([{ dataset: 'fhv', cron: '0 9 1 * *' }]);
  });
});
