import { beforeAll, describe, expect, it } from 'vitest';
import { linesOf, runCli, startCli } from '../support/cli.ts';
import { useDatabase } from '../support/database.ts';
import { tripFile, useSource, valve } from '../support/source-server.ts';
import { screenAfter, startOnTerminal } from '../support/terminal.ts';
import { useTemporal } from '../support/temporal.ts';
import { useWorkers } from '../support/worker-process.ts';

const database = useDatabase();
const temporal = useTemporal();
const source = useSource();
const workers = useWorkers();

const environment = () => ({ TEMPORAL_ADDRESS: temporal.address, DATABASE_URL: database.url });
const fareflow = (...args: string[]) => runCli(args, { env: environment() });
const start = (...args: string[]) => startCli(args, { env: environment() });
const handle = (month: string) => temporal.client.workflow.getHandle(`load-green-${month}`);

/** A month whose file stops half way, until the test lets the rest through. */
function publishSlowly(month: string) {
  const slow = valve(tripFile({ dataset: 'green', month, rows: 300 }));
  source.publish('green', month, slow.answer);
  return slow;
}

beforeAll(() =>
  workers.start({
    databaseUrl: database.url,
    temporalAddress: temporal.address,
    csvUrl: source.urlTemplate,
  }),
);

describe.concurrent('a load under way', () => {
  it('goes on when Ctrl-C ends the watching, which says how to watch again', async () => {
    const slow = publishSlowly('2021-01');
    const load = await start('load', 'green', '2021-01');
    await load.wrote(/green 2021-01: download/);
    load.child.kill('SIGINT');
    const { code, stdout, stderr } = await load.result;
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/detached; the load goes on\. .*\n {2}fareflow watch load-green-2021-01\n/);
    expect((await handle('2021-01').describe()).status.name).toBe('RUNNING');
    slow.open();
    expect(await handle('2021-01').result()).toMatchObject({ status: 'loaded', rowsInFile: 300 });
  });

  it('goes on as well when Ctrl-C is typed on a terminal, which gets its cursor back', async () => {
    const slow = publishSlowly('2021-08');
    const load = await startOnTerminal('load green 2021-08', environment());
    await load.wrote(/2021-08 {2}download/);
    load.type('\u0003');
    const { code, stdout } = await load.result;
    expect(code).toBe(1);
    expect(await screenAfter(stdout)).toEqual([
      'detached; the load goes on. To go on watching:',
      '  fareflow watch load-green-2021-08',
    ]);
    expect(stdout.lastIndexOf('\u001B[?25h')).toBeGreaterThan(stdout.lastIndexOf('\u001B[?25l'));
    slow.open();
    expect(await handle('2021-08').result()).toMatchObject({ status: 'loaded' });
  });

  it('is attached to by a second load of the month, whose options then do not count', async () => {
    const slow = publishSlowly('2021-02');
    const first = await fareflow('load', 'green', '2021-02', '--detach', '--json');
    expect(first.code).toBe(0);
    expect(JSON.parse(first.stdout)).toMatchObject({ workflowId: 'load-green-2021-02', attached: false });
    const second = await start('load', 'green', '2021-02', '--force');
    await second.wrote(/load-green-2021-02 runs already; watching it/);
    slow.open();
    const { code, stdout } = await second.result;
    expect(code).toBe(0);
    expect(stdout).toMatch(/2021-02 +loaded +csv +300/);
    expect(source.requests('green', '2021-02')).toBe(1);
  });

  it('is left alone by --detach, shown by status, and cancelled by cancel, which leaves nothing', async () => {
    const slow = publishSlowly('2021-03');
    const detached = await fareflow('load', 'green', '2021-03', '--detach');
    expect(detached).toMatchObject({ code: 0, stdout: '' });
    expect(detached.stderr).toMatch(
      /^started load-green-2021-03\. .*\n {2}fareflow watch load-green-2021-03\n/,
    );
    await slow.reached;
    const grid = JSON.parse((await fareflow('status', '--json')).stdout) as unknown[];
    expect(grid).toContainEqual(
      expect.objectContaining({ month: '2021-03', status: 'running', phase: 'downloading' }),
    );
    const watch = await start('watch', 'load-green-2021-03');
    await watch.wrote(/green 2021-03: download/);
    expect(await fareflow('cancel', 'green', '2021-03')).toMatchObject({ code: 0 });
    const { code, stdout, stderr } = await watch.result;
    expect(code).toBe(1);
    expect(stdout).toMatch(/2021-03 +cancelled/);
    expect(linesOf(stderr).at(-1)).toBe('✖ green 2021-03: cancelled');
    const again = await fareflow('cancel', 'green', '2021-03');
    expect(again).toMatchObject({ code: 1, stdout: '' });
    expect(again.stderr).toBe('fareflow: load-green-2021-03 does not run any more (it was cancelled)\n');
    expect(await database.query("select from fareflow.loads where month = '2021-03'")).toEqual([]);
  });

  it('ends the watching at once on the second Ctrl-C, whatever the first was waiting for', async () => {
    publishSlowly('2021-04');
    const load = await start('load', 'green', '2021-04');
    await load.wrote(/green 2021-04: download/);
    const begun = Date.now();
    load.child.kill('SIGINT');
    load.child.kill('SIGINT');
    const { code, signal } = await load.result;
    expect(code === 1 || signal === 'SIGINT').toBe(true);
    expect(Date.now() - begun).toBeLessThan(10_000);
    await handle('2021-04').terminate();
  });

  it('tells that no worker answers, and detaches all the same', async () => {
    const env = { ...environment(), FAREFLOW_TASK_QUEUE: 'nobody' };
    for (const months of [['2021-05'], ['2021-06', '2021-07']]) {
      const load = await startCli(['load', 'green', ...months], { env });
      await load.wrote(/^green: no worker answers; start `fareflow worker`/);
      load.child.kill('SIGINT');
      expect(await load.result).toMatchObject({ code: 1, stdout: '' });
    }
  });
});

describe.concurrent('a range that ended early', () => {
  it('shows which months were loaded, which failed, and which were never started', async () => {
    for (const month of ['2022-01', '2022-03']) publishSlowly(month).open();
    await temporal.client.workflow
      .execute('loadMonths', {
        taskQueue: 'fareflow',
        workflowId: 'by-hand',
        args: [{ dataset: 'green', from: '2022-01', to: '2022-03', concurrency: 1 }],
      })
      .catch(() => undefined);
    const { code, stdout, stderr } = await fareflow('watch', 'by-hand');
    expect(code).toBe(1);
    expect(stdout).toMatch(/2022-01 +loaded +csv +300 .*\n2022-02 +failed\n2022-03 +–\n/);
    expect(linesOf(stderr).filter((line) => line.startsWith('✖'))).toEqual([
      expect.stringMatching(/^✖ green 2022-02: SourceGone: there is no file at /),
      '✖ green, not started: 2022-03',
    ]);
  });

  it('is watched under any workflow id, also one month alone', async () => {
    publishSlowly('2022-04').open();
    await temporal.client.workflow.execute('loadMonth', {
      taskQueue: 'fareflow',
      workflowId: 'one-by-hand',
      args: [{ dataset: 'green', month: '2022-04' }],
    });
    const { code, stdout } = await fareflow('watch', 'one-by-hand', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ month: '2022-04', status: 'loaded', rowsInFile: 300 });
  });

  it('says why a workflow that was started with nonsense failed', async () => {
    await temporal.client.workflow
      .execute('loadMonth', { taskQueue: 'fareflow', workflowId: 'nonsense', args: [{ dataset: 'bleu' }] })
      .catch(() => undefined);
    const { code, stderr } = await fareflow('watch', 'nonsense');
    expect(code).toBe(1);
    expect(linesOf(stderr)).toEqual([expect.stringMatching(/^fareflow: nonsense was started with an input/)]);
  });
});
