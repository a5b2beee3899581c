/** What a person sees of loads in every state: the grid, one load's story, and the page about all of them. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { loadMonthId } from '../../src/contract.ts';
import type { LoadStory } from '../../src/operations/explain-load.ts';
import type { GridMonth } from '../../src/operations/month-grid.ts';
import { linesOf, runCli } from '../support/cli.ts';
import { useDatabase } from '../support/database.ts';
import { file, status, tripFile, useSource, valve } from '../support/source-server.ts';
import { useTemporal } from '../support/temporal.ts';
import { screenAfter, startOnTerminal } from '../support/terminal.ts';
import { useWorkers } from '../support/worker-process.ts';

const database = useDatabase();
const temporal = useTemporal();
const source = useSource();
const workers = useWorkers();
const environment = () => ({ TEMPORAL_ADDRESS: temporal.address, DATABASE_URL: database.url });
const fareflow = (...args: string[]) => runCli(args, { env: environment() });
const ESCAPE = '\u001B';

const fileOf = (month: string) => tripFile({ dataset: 'green', month, rows: 300, exactDuplicates: 1 });
/** Large enough that a part of it is seen. */
const slow = valve(tripFile({ dataset: 'green', month: '2021-05', rows: 20_000 }));
const thisMonth = new Date().toISOString().slice(0, 7);

beforeAll(async () => {
  for (const month of ['2021-01', '2021-02']) source.publish('green', month, file(fileOf(month)));
  let asked = 0;
  source.publish('green', '2021-04', (request, response) =>
    (++asked === 1 ? status(503) : file(fileOf('2021-04')))(request, response),
  );
  source.publish('green', '2021-05', slow.answer);
  await workers.start({
    databaseUrl: database.url,
    temporalAddress: temporal.address,
    csvUrl: source.urlTemplate,
  });
  await fareflow('load', 'green', '2021-01..2021-04', thisMonth);
  await fareflow('load', 'green', '2021-02');
  await fareflow('load', 'green', '2021-05', '--detach');
  await slow.reached;
});
afterAll(() => slow.open());

describe.concurrent('fareflow status', () => {
  const grid = async () => JSON.parse((await fareflow('status', '--json')).stdout) as GridMonth[];

  it('tells loaded, unchanged, failed, running and unpublished months apart, with how far one is', async () => {
    await vi.waitFor(
      async () => {
        const months = new Map((await grid()).map((month) => [month.month, month]));
        expect([...months].map(([name, month]) => `${name} ${month.status}`)).toEqual([
          '2021-01 loaded',
          '2021-02 skipped',
          '2021-03 failed',
          '2021-04 loaded',
          '2021-05 running',
          `${thisMonth} not_published`,
        ]);
        expect(months.get('2021-02')).toMatchObject({ rows: 300, percent: null });
        expect(months.get('2021-05')).toMatchObject({ phase: 'downloading', attempt: 1, rows: null });
        expect(months.get('2021-05')?.percent).toBeGreaterThanOrEqual(50);
      },
      { timeout: 120_000, interval: 500 },
    );
  });

  it('draws a mark a month within 80 columns, and says more below', async () => {
    const { stdout, stderr } = await fareflow('status');
    expect(stderr).toBe('');
    const lines = linesOf(stdout);
    expect(lines[0]).toBe('green  900 rows in 3 months');
    expect(lines[2]).toMatch(/^2021 {3}✔ {4}= {4}✖ {4}✔ {3}5\d% {3}·/);
    expect(lines).toContainEqual(expect.stringMatching(/^ {2}2021-05 is downloading 5\d %$/));
    expect(lines).toContain('  2021-03 failed; why: fareflow report green 2021-03');
    expect(lines.at(-1)).toBe('✔ loaded  = unchanged  ▸ running  ✖ failed  – not published  · missing');
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
    expect(stdout).not.toContain(ESCAPE);
  });

  it('begins with the first month that there ever was, for one data set', async () => {
    const lines = linesOf((await fareflow('status', 'green')).stdout);
    expect(lines[2]).toMatch(/^2013 {4,}·/);
    expect(lines).toContainEqual(expect.stringMatching(new RegExp(`^${thisMonth.slice(0, 4)} .*–$`)));
  });

  it('has colours on a terminal', async () => {
    const { stdout } = await (await startOnTerminal('status green', environment())).result;
    expect(stdout).toContain(`${ESCAPE}[32m✔${ESCAPE}[39m`);
    expect((await screenAfter(stdout)).filter((line) => line.length > 80)).toEqual([]);
  });
});

describe.concurrent('fareflow report', () => {
  it('explains a load from its source to the table, with what was tried again and why', async () => {
    const { stdout, stderr } = await fareflow('report', 'green', '2021-04');
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^green 2021-04 {2}loaded\n/);
    expect(stdout).toMatch(
      /\nsource {5}csv {2}http:\/\/127\.0\.0\.1:\d+\/green\/green_tripdata_2021-04\.csv\.gz\n/,
    );
    expect(stdout).toMatch(/\netag {7}"1"\n/);
    expect(stdout).toMatch(/\nsha256 {5}[0-9a-f]{64}\n/);
    expect(stdout).toMatch(/\ntable {6}green_tripdata, load_id \d+, mode load\n/);
    expect(stdout).toMatch(/\nworker {5}\S+\/\d+, fareflow \d+\.\d+\.\d+\n/);
    expect(stdout).toMatch(/\nrows in file +new .*\n +300 +299 +0 +0 +1 /);
    expect(stdout).toMatch(/\nstarted .* by loadMonths, part of load-green-/);
    expect(stdout).toMatch(/\ndownload +completed +2 /);
    expect(stdout).toMatch(/\ndownload, attempt 2 after: .*503/);
  });

  it('is one document of the same with --json', async () => {
    const { stdout } = await fareflow('report', 'green', '2021-04', '--json');
    const story = JSON.parse(stdout) as LoadStory;
    expect(story.loads).toMatchObject([{ month: '2021-04', etag: '"1"', rowsInFile: 300, inserted: 299 }]);
    expect(story.latestRun).toBeNull();
    expect(story.run).toMatchObject({ status: 'completed', loadStatus: 'loaded', triggeredBy: 'loadMonths' });
    const steps = story.run?.steps.map(({ step, attempts, outcome }) => `${step} ${attempts} ${outcome}`);
    expect(steps).toEqual([
      'download 2 completed',
      'copyToStaging 1 completed',
      'hashStaging 1 completed',
      'mergeStaging 1 completed',
      'dropStaging 1 completed',
    ]);
    expect(story.run?.steps[0]?.retryReason).toMatch(/503/);
  });

  it.each([
    [
      'a load that failed',
      '2021-03',
      /^green 2021-03 {2}not in the table, last run: failed\n[^]*error +SourceGone: /,
    ],
    ['a load that runs', '2021-05', /last run: downloading\n[^]*\ndownload +running +1 /],
    ['a later look at the same file', '2021-02', /^green 2021-02 {2}loaded, last run: skipped\n/],
  ])('explains %s', async (_, month, words) => {
    const { stdout, code } = await fareflow('report', 'green', month);
    expect(code).toBe(0);
    expect(stdout).toMatch(words);
  });

  it('says in one line that nothing is known of a month', async () => {
    const { code, stdout, stderr } = await fareflow('report', 'green', '2019-01');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(linesOf(stderr)).toEqual([expect.stringMatching(/nothing is known of green 2019-01/)]);
  });
});

describe('fareflow report --html', () => {
  let directory: string;
  beforeAll(async () => (directory = await mkdtemp(join(tmpdir(), 'fareflow-page-'))));
  afterAll(() => rm(directory, { recursive: true, force: true }));

  it('writes a page with the grid, the plots and why months failed', async () => {
    const path = join(directory, 'loads.html');
    const { code, stdout, stderr } = await fareflow('report', '--html', path);
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '', stderr: `wrote ${path}\n` });
    const page = await readFile(path, 'utf8');
    expect(page).toMatch(/^<!doctype html>/i);
    expect(page).toContain('title="2021-01: loaded, 300 rows"');
    expect(page).toContain('aria-label="green: rows per month"');
    expect(page).toContain('aria-label="green: seconds per month"');
    expect(page).toMatch(/SourceGone: green 2021-03: there is no file at/);
    expect(page).toMatch(/title="2021-05: running \(downloading 5\d %\)"/);
  });

  it('says in one line that it cannot be written', async () => {
    const { code, stderr } = await fareflow('report', '--html', join(directory, 'no', 'page.html'));
    expect(code).toBe(1);
    expect(linesOf(stderr)).toEqual([expect.stringMatching(/the page could not be written: ENOENT/)]);
  });
});

it('a load that runs is cancelled from here, and status forgets it', async () => {
  await temporal.client.workflow.getHandle(loadMonthId({ dataset: 'green', month: '2021-05' })).cancel();
  await vi.waitFor(async () => expect((await fareflow('status')).stdout).not.toContain('2021-05'), {
    timeout: 20_000,
    interval: 500,
  });
});
