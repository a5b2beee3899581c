import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ResetReport } from '../../src/contract.ts';
import { type Mirror, startMirror } from '../../src/mirror/index.ts';
import { runCli } from '../support/cli.ts';
import { useDatabase } from '../support/database.ts';
import { startOnTerminal } from '../support/terminal.ts';
import { useTemporal } from '../support/temporal.ts';
import { useWorkers } from '../support/worker-process.ts';

const ROWS = 500;
const database = useDatabase();
const temporal = useTemporal();
const workers = useWorkers();
let mirror: Mirror;

beforeAll(async () => {
  mirror = await startMirror({
    months: ['2021-01', '2021-02'].map((month) => ({ dataset: 'green', month, rows: ROWS })),
  });
  await workers.start({
    databaseUrl: database.url,
    temporalAddress: temporal.address,
    csvUrl: mirror.urlTemplate,
  });
});
afterAll(() => mirror.close());

const environment = () => ({ TEMPORAL_ADDRESS: temporal.address, DATABASE_URL: database.url });
const fareflow = (...args: string[]) => runCli(args, { env: environment() });
const rowsOf = async (month: string) => {
  const [found] = await database.query<{ rows: number }>(
    `select count(*) as rows from green_tripdata_lineage where filename = $1`,
    [`green_tripdata_${month}.csv.gz`],
  );
  return found?.rows;
};
const grid = async () =>
  (JSON.parse((await fareflow('status', 'green', '--json')).stdout) as { month: string }[]).map(
    ({ month }) => month,
  );

describe('a month that is reset', () => {
  it('is out of its table, and loaded anew by a later load', async () => {
    expect(await fareflow('load', 'green', '2021-01..2021-02')).toMatchObject({ code: 0 });
    const { code, stdout, stderr } = await fareflow('reset', 'green', '2021-01', '--yes', '--json');
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      dataset: 'green',
      month: '2021-01',
      status: 'reset',
      removed: ROWS,
    } satisfies Partial<ResetReport>);
    expect([await rowsOf('2021-01'), await rowsOf('2021-02')]).toEqual([0, ROWS]);
    expect(await grid()).toEqual(['2021-02']);
    const again = await fareflow('reset', 'green', '2021-01', '--yes');
    expect(again).toMatchObject({
      code: 0,
      stdout: 'green 2021-01 is not loaded: there is nothing to remove\n',
    });
    expect((await fareflow('load', 'green', '2021-01', '--json')).stdout).toContain('"status": "loaded"');
    expect(await rowsOf('2021-01')).toBe(ROWS);
    const { stdout: loads } = await fareflow('loads', 'green', '2021-01', '--json');
    const entries = JSON.parse(loads) as { status: string; removed: number; inserted: number }[];
    expect(entries.map(({ status, removed, inserted }) => [status, removed, inserted])).toEqual([
      ['loaded', 0, ROWS],
      ['reset', ROWS, 0],
      ['loaded', 0, ROWS],
    ]);
  });

  it('is asked about on a terminal first, where everything but yes means no', async () => {
    const reset = await startOnTerminal('reset green 2021-02', environment());
    await reset.wrote(/remove the 500 rows of green_tripdata_2021-02\.csv\.gz .*\[y\/N\] /);
    reset.type('\r');
    expect(await reset.result).toMatchObject({ code: 1 });
    expect(await rowsOf('2021-02')).toBe(ROWS);
    const sure = await startOnTerminal('reset green 2021-02', environment());
    await sure.wrote(/\[y\/N\] /);
    sure.type('y\r');
    const { code, stdout } = await sure.result;
    expect(code, stdout).toBe(0);
    expect(stdout).toMatch(/green 2021-02: 500 rows removed from public\.green_tripdata/);
    expect(await rowsOf('2021-02')).toBe(0);
    expect((await fareflow('report', 'green', '2021-02')).stdout).toMatch(
      /^green 2021-02 {2}taken out again 20/,
    );
  });

  it('is left alone where nobody can be asked, and while it is being loaded', async () => {
    expect(await fareflow('reset', 'green', '2021-01')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('say --yes') as string,
    });
    const args = [{ dataset: 'green', month: '2021-01' }];
    await temporal.client.workflow.start('loadMonth', {
      taskQueue: 'nobody',
      workflowId: 'load-green-2021-01',
      args,
    });
    expect(await fareflow('reset', 'green', '2021-01', '--yes')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('cancel it first: `fareflow cancel green 2021-01`') as string,
    });
    expect(await rowsOf('2021-01')).toBe(ROWS);
  });
});
