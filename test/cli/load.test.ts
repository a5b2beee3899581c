import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import type { LoadMonthsReport, LoadReport } from '../../src/contract.ts';
import { linesOf, runCli } from '../support/cli.ts';
import { screenAfter, startOnTerminal } from '../support/terminal.ts';
import { useDatabase } from '../support/database.ts';
import { file, status, tripFile, useSource } from '../support/source-server.ts';
import { useTemporal } from '../support/temporal.ts';
import { useWorkers } from '../support/worker-process.ts';

const database = useDatabase();
const temporal = useTemporal();
const source = useSource();
const workers = useWorkers();

const environment = () => ({ TEMPORAL_ADDRESS: temporal.address, DATABASE_URL: database.url });
const fareflow = (...args: string[]) => runCli(args, { env: environment() });
const ESCAPE = '\u001B';

beforeAll(async () => {
  for (const month of ['2021-01', '2021-02', '2021-03', '2021-04', '2022-01', '2022-02']) {
    source.publish(
      'green',
      month,
      file(
        tripFile({ dataset: 'green', month, rows: 300, outsideMonth: 2, exactDuplicates: 1 }),
        `"${month}"`,
      ),
    );
  }
  source.publish('green', '2021-05', status(404));
  await workers.start({
    databaseUrl: database.url,
    temporalAddress: temporal.address,
    csvUrl: source.urlTemplate,
  });
  await fareflow('load', 'green', '2021-01');
});

describe.concurrent('fareflow load', () => {
  it('prints a table on stdout, and what happens on stderr, a plain line each', async () => {
    const { code, stdout, stderr } = await fareflow('load', 'green', '2021-02', '2021-03');
    expect(code).toBe(0);
    const lines = linesOf(stdout);
    expect(lines[0]).toBe('green');
    expect(lines[1]).toMatch(/^month +status +from +rows +new +changed +same +dupl\. +outside$/);
    expect(lines[2]).toMatch(/^2021-02 +loaded +csv +300 +299 +0 +0 +1 +2$/);
    expect(lines[4]).toMatch(/^together +600 +598 +0 +0 +2 +4$/);
    expect(lines[6]).toMatch(/^seconds +download +copy +hash +merge +whole$/);
    // Whoever looks four times a second sees some phase of two loads, but not always the same one.
    const phase = /^green 2021-0[23]: (wait for a turn|download|copy|hash|merge|clean up)$/;
    expect(linesOf(stderr)).toContainEqual(expect.stringMatching(phase));
    expect(linesOf(stderr).filter((line) => !/^green( 2021-0[23])?: /.test(line))).toEqual([]);
    expect(stdout + stderr).not.toContain(ESCAPE);
  });

  it('prints one JSON document on stdout, and nothing else, when asked to', async () => {
    const one = await fareflow('load', 'green', '2021-01', '--json');
    expect(one.code).toBe(0);
    expect(JSON.parse(one.stdout) as LoadReport).toMatchObject({
      dataset: 'green',
      month: '2021-01',
      status: 'skipped',
      rowsInFile: 300,
      inserted: 0,
      unchanged: 299,
      duplicates: 1,
      rejected: 0,
      removed: 0,
      outsideMonth: 2,
    });
  });

  it('reports every month of a range in its JSON, the failed ones too', async () => {
    const { code, stdout, stderr } = await fareflow('load', 'green', '2021-04..2021-05', '--json');
    expect(code).toBe(1);
    const report = JSON.parse(stdout) as LoadMonthsReport & { workflowId: string; months: LoadReport[] };
    expect(report).toMatchObject({ workflowId: 'load-green-2021-04-2021-05', loaded: 1, rowsInFile: 300 });
    expect(report.months).toEqual([
      expect.objectContaining({ month: '2021-04', status: 'loaded', inserted: 299 }),
      expect.objectContaining({
        month: '2021-05',
        status: 'failed',
        error: expect.stringMatching(/^SourceGone: /) as string,
      }),
    ]);
    expect(linesOf(stderr).at(-1)).toMatch(/^✖ green 2021-05: SourceGone: there is no file at /);
  });

  it('says in one line why the only month failed', async () => {
    const { code, stdout, stderr } = await fareflow('load', 'green', '2021-05');
    expect(code).toBe(1);
    expect(linesOf(stdout)).toHaveLength(3);
    expect(linesOf(stderr).filter((line) => /SourceGone/.test(line))).toHaveLength(1);
    expect(stderr).not.toMatch(/\n {4}at /);
  });

  it('draws a picture that fits a terminal of 80 columns, and takes it away again', async () => {
    const run = await startOnTerminal('load green 2022-01 2022-02', environment());
    const { stdout: output, code } = await run.result;
    expect(code).toBe(0);
    expect(output).toContain(ESCAPE);
    expect(output).toMatch(/\d (running|waiting)/);
    const screen = await screenAfter(output);
    expect(screen.filter((line) => line.length > 80)).toEqual([]);
    expect(screen.join('\n')).not.toMatch(/running|waiting/);
    expect(screen[0]).toBe('green');
    expect(screen[4]).toMatch(/^together +600 /);
    expect(output.lastIndexOf(`${ESCAPE}[?25h`)).toBeGreaterThan(output.lastIndexOf(`${ESCAPE}[?25l`));
  });
});

describe.concurrent('what is known of loads', () => {
  it('is a grid of months in status', async () => {
    const { code, stdout, stderr } = await fareflow('status', 'green');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^green {2}[\d,]+ rows in \d months\n {6}Jan {2}Feb/);
    // The month is looked at again meanwhile.
    expect(stdout).toMatch(/\n2021 {2} ?[✔=▸\d]/);
    expect(linesOf(stdout).filter((line) => line.length > 80)).toEqual([]);
  });

  it('is one document of months in status --json', async () => {
    const { code, stdout } = await fareflow('status', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toContainEqual(
      expect.objectContaining({
        dataset: 'green',
        month: '2021-01',
        rows: 300,
        status: expect.stringMatching(/^(loaded|skipped|running)$/) as string,
      }),
    );
  });

  it('is the ledger in loads, newest first, as many as asked for', async () => {
    const all = JSON.parse(
      (await fareflow('loads', 'green', '2021-01', '--limit', '0', '--json')).stdout,
    ) as unknown[];
    expect(all.at(-1)).toMatchObject({
      month: '2021-01',
      mode: 'load',
      inserted: 299,
      workflowId: 'load-green-2021-01',
    });
    const one = await fareflow('loads', '--limit', '1');
    expect({ code: one.code, stderr: one.stderr }).toEqual({ code: 0, stderr: '' });
    expect(linesOf(one.stdout)).toHaveLength(2);
    expect(linesOf(one.stdout)[0]).toMatch(/^load +data set +month .*finished \(UTC\)$/);
    expect(linesOf(one.stdout).filter((line) => line.length > 80)).toEqual([]);
  });

  it('is the end of a load in watch, long after it', async () => {
    const { code, stdout } = await fareflow('watch', 'load-green-2021-01', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ month: '2021-01', rowsInFile: 300 });
  });

  it('tells that a worker polls for the cache of its host', async () => {
    const worker = await workers.start({
      databaseUrl: database.url,
      temporalAddress: temporal.address,
      taskQueue: 'checked',
    });
    const check = () =>
      runCli(['worker', '--check'], {
        home: worker.home,
        env: { ...environment(), FAREFLOW_TASK_QUEUE: 'checked' },
      });
    await vi.waitFor(async () => expect(await check()).toMatchObject({ code: 0, stderr: '' }), 60_000);
    await worker.kill();
  });
});

describe('fareflow replay', () => {
  let directory: string;
  const path = (name: string) => join(directory, name);

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'fareflow-histories-'));
    const history = execFileSync(
      inject('temporalCli'),
      ['workflow', 'show', '-w', 'load-green-2021-01', '--output', 'json', '--address', temporal.address],
      { encoding: 'utf8' },
    );
    await writeFile(path('good.json'), history);
    await writeFile(path('diverging.json'), history.replaceAll('"download"', '"upload"'));
    await writeFile(path('empty.json'), '{"events": []}');
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  it.concurrent('accepts a history of this build', async () => {
    expect(await fareflow('replay', path('good.json'))).toMatchObject({
      code: 0,
      stderr: '',
      stdout: `ok    ${path('good.json')}\n`,
    });
  });

  it.concurrent('names the first history that diverges, and how', async () => {
    const { code, stdout, stderr } = await fareflow('replay', path('good.json'), path('diverging.json'));
    expect(code).toBe(1);
    expect(stdout).toMatch(/^ok .*good\.json\n$/);
    expect(linesOf(stderr)).toEqual([expect.stringMatching(/^FAIL .*diverging\.json: .*upload/)]);
  });

  it.concurrent.each([
    ['missing.json', /missing\.json is not a readable history: ENOENT/],
    ['empty.json', /empty\.json is not a history: it has no events/],
  ])('says in one line what is wrong with %s', async (name, line) => {
    const { code, stdout, stderr } = await fareflow('replay', path(name));
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(linesOf(stderr)).toEqual([expect.stringMatching(line)]);
  });
});
