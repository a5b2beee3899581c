import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type LoadMonthsReport, type LoadReport, SearchAttribute } from '../../src/contract.ts';
import { type Mirror, startMirror } from '../../src/mirror/index.ts';
import { version } from '../../src/version.ts';
import { runCli } from '../support/cli.ts';
import { useDatabase } from '../support/database.ts';
import { useTemporal } from '../support/temporal.ts';
import { type TestWorker, useWorkers } from '../support/worker-process.ts';
import { expectNothingLeft } from './aftermath.ts';

const MONTHS = ['2020-11', '2020-12', '2021-01', '2021-02', '2021-03', '2021-04'];
const ROWS = 1_000;
/** Of every month's rows: one exact duplicate, two key twins, three outside the month. */
const SPECIAL = { exactDuplicates: 1, keyTwins: 2, outsideMonth: 3 };

const database = useDatabase();
const temporal = useTemporal();
const workers = useWorkers();
let mirror: Mirror;
let worker: TestWorker;

beforeAll(async () => {
  mirror = await startMirror({
    months: MONTHS.map((month) => ({ dataset: 'green', month, rows: ROWS, ...SPECIAL })),
  });
  worker = await workers.start({
    databaseUrl: database.url,
    temporalAddress: temporal.address,
    csvUrl: mirror.urlTemplate,
  });
});
afterAll(() => mirror.close());

type Printed = LoadMonthsReport & { months: LoadReport[] };

async function load(...words: string[]): Promise<Printed> {
  const { code, stdout, stderr } = await runCli(['load', 'green', ...words, '--json'], {
    env: { TEMPORAL_ADDRESS: temporal.address },
  });
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout) as Printed;
}

/** Starts a workflow as a script would, and waits for its result. */
async function execute(type: string, workflowId: string, input: unknown): Promise<unknown> {
  const { stdout } = await promisify(execFile)(inject('temporalCli'), [
    'workflow',
    'execute',
    '--type',
    type,
    '--task-queue',
    'fareflow',
    '--workflow-id',
    workflowId,
    '--input',
    JSON.stringify(input),
    '--output',
    'json',
    '--address',
    temporal.address,
  ]);
  return (JSON.parse(stdout) as { result: unknown }).result;
}

const rowsOf = async (month: string) => {
  const [found] = await database.query<{ rows: number }>(
    `select count(*) as rows from green_tripdata_lineage where filename = $1`,
    [`green_tripdata_${month}.csv.gz`],
  );
  return found?.rows;
};

describe('months loaded by the command line', () => {
  const range = '2020-11..2021-01';
  const changed = async () =>
    database.query('select load_id, count(*) from green_tripdata group by 1 order by 1');

  it('hold exactly the rows of the files', async () => {
    const report = await load(range);
    expect(report).toMatchObject({ loaded: 3, skipped: 0, failed: [], rowsInFile: 3 * ROWS });
    expect(report).toMatchObject({ inserted: 3 * (ROWS - 1), duplicates: 3, outsideMonth: 9, rejected: 0 });
    for (const month of ['2020-11', '2020-12', '2021-01']) expect(await rowsOf(month)).toBe(ROWS - 1);
    await expectNothingLeft(database, worker);
  });

  it('are skipped the second time', async () => {
    const before = await changed();
    const report = await load(range);
    expect(report).toMatchObject({ loaded: 0, skipped: 3, inserted: 0, unchanged: 3 * (ROWS - 1) });
    expect(await changed()).toEqual(before);
  });

  it('are found unchanged when they are loaded all the same', async () => {
    const before = await changed();
    const report = await load(range, '--force');
    expect(report).toMatchObject({ loaded: 3, inserted: 0, updated: 0, unchanged: 3 * (ROWS - 1) });
    expect(await changed()).toEqual(before);
    await expectNothingLeft(database, worker);
  });

  it('are made equal to the file by --replace', async () => {
    const stray = { from: '2020-12-10 00:00:00', fare: -99.5 };
    await database.query(
      `insert into green_tripdata (unique_row_id, load_id, created_at, updated_at, lpep_pickup_datetime, fare_amount)
       select sha256('stray'), max(load_id), now(), now(), $1, $2 from fareflow.loads where month = '2020-12'`,
      [stray.from, stray.fare],
    );
    const report = await load('2020-12', '--replace');
    expect(report).toMatchObject({ status: 'loaded', removed: 1, inserted: 0, unchanged: ROWS - 1 });
    expect(await rowsOf('2020-12')).toBe(ROWS - 1);
  });
});

describe.concurrent('workflows started with raw JSON', () => {
  it('load a month', async () => {
    const report = await execute('loadMonth', 'load-green-2021-02', { dataset: 'green', month: '2021-02' });
    expect(report).toMatchObject({ status: 'loaded', rowsInFile: ROWS, inserted: ROWS - 1, duplicates: 1 });
    const description = await temporal.client.workflow.getHandle('load-green-2021-02').describe();
    const attributes = description.typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value]);
    expect(Object.fromEntries(attributes)).toMatchObject({
      [SearchAttribute.Dataset]: 'green',
      [SearchAttribute.Month]: '2021-02',
      [SearchAttribute.LoadStatus]: 'loaded',
      [SearchAttribute.TriggeredBy]: 'manual',
    });
  });

  it('load a range, each month under its own id', async () => {
    const report = await execute('loadMonths', 'load-green-2021-03-2021-04', {
      dataset: 'green',
      from: '2021-03',
      to: '2021-04',
    });
    expect(report).toMatchObject({ loaded: 2, skipped: 0, rowsInFile: 2 * ROWS, inserted: 2 * (ROWS - 1) });
    expect(await temporal.client.workflow.getHandle('load-green-2021-04').result()).toMatchObject({
      month: '2021-04',
      status: 'loaded',
    });
  });
});

describe('the histories of a namespace', () => {
  const environment = () => ({ TEMPORAL_ADDRESS: temporal.address });
  const replay = (...args: string[]) => runCli(['replay', '--since', '1h', ...args], { env: environment() });

  it('replay with the workflows of the build that made them', async () => {
    const { code, stdout, stderr } = await replay();
    expect(code, stderr).toBe(0);
    for (const id of ['load-green-2021-02', 'load-green-2021-03-2021-04', 'load-green-2020-11'])
      expect(stdout).toMatch(new RegExp(`^ok    ${id} \\(run [0-9a-f-]+\\)$`, 'm'));
  });

  it('do not with workflows that take other steps', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'fareflow-bundle-'));
    const bundle = join(directory, 'other.js');
    const code = await readFile(new URL('../../dist/workflow-bundle.js', import.meta.url), 'utf8');
    await writeFile(bundle, code.replaceAll('hashStaging', 'hushStaging'));
    const replayed = await replay('--bundle', bundle);
    expect(replayed.code).toBe(1);
    expect(replayed.stderr).toMatch(/^FAIL {2}load-green-\S+ \(run \S+\): .*(hushStaging|hashStaging)/ms);
    await rm(directory, { recursive: true });
  });

  it('are missed where there are none', async () => {
    const env = { ...environment(), FAREFLOW_TASK_QUEUE: 'nobodys' };
    expect(await runCli(['replay', '--since', '1h'], { env })).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('there is nothing to replay') as string,
    });
  });

  it('name deployment and build of the worker, which asks for no routing by them', async () => {
    const handle = temporal.client.workflow.getHandle('load-green-2021-02');
    const { events } = await handle.fetchHistory();
    const tasks = (events ?? []).flatMap((event) => event.workflowTaskCompletedEventAttributes ?? []);
    expect(tasks[0]).toMatchObject({
      workerDeploymentName: 'fareflow',
      workerVersion: { buildId: version },
    });
    expect((await handle.describe()).raw.workflowExecutionInfo?.versioningInfo?.behavior ?? 0).toBe(0);
  });
});
