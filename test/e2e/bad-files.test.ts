import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { addMonths, monthOf } from '../../src/datasets/month.ts';
import { linesOf, runCli } from '../support/cli.ts';
import { useDatabase } from '../support/database.ts';
import { type Answer, file, status, tripFile, useSource } from '../support/source-server.ts';
import { asText, useTemporal } from '../support/temporal.ts';
import { greenCsv, greenHeader, greenTrip } from '../support/trip-csv.ts';
import { type TestWorker, useWorkers } from '../support/worker-process.ts';
import { contentOf, expectNothingLeft } from './aftermath.ts';

const database = useDatabase();
const temporal = useTemporal();
const source = useSource();
const workers = useWorkers();
let worker: TestWorker;
/** Everything that anybody could read. */
let written = '';

const trips = (month: string) => [greenTrip(`${month}-03 10:00:00`), greenTrip(`${month}-04 10:00:00`)];
const packed = (text: string) => file(gzipSync(text));
const renamed = (from: string, to: string) => greenHeader.map((name) => (name === from ? to : name));
const whole = (month: string) => tripFile({ dataset: 'green', month, rows: 500 });

/** What the source has for a month, and what the one line says of it. */
const BAD: readonly [string, (month: string) => Answer, RegExp][] = [
  [
    'is not there',
    () => status(404),
    /SourceGone: there is no file at http\S+ \(HTTP 404\); check the month/,
  ],
  ['is gone', () => status(410), /SourceGone: there is no file at http\S+ \(HTTP 410\)/],
  ['is not for us', () => status(401), /SourceGone: http\S+ answered with HTTP status 401; check the URL/],
  [
    'ends before its end',
    (month) => file(whole(month).subarray(0, 4_000)),
    /SourceCorrupt: .*not a whole gzip file: unexpected end of file/,
  ],
  [
    'is a page that says sorry',
    () => file(Buffer.from('<!DOCTYPE html><html>come back later</html>')),
    /SourceCorrupt: .*not a CSV file, it begins with "<!DOCTYPE html>/,
  ],
  ['is empty', () => file(Buffer.alloc(0)), /SourceCorrupt: .*empty/],
  [
    'unpacks to more than is allowed',
    () => packed('x'.repeat(1_000_001)),
    /SourceCorrupt: the file unpacks to more than 1000000 bytes; .*raise FAREFLOW_MAX_UNPACKED_BYTES/,
  ],
  [
    'lacks a column',
    (month) => packed(greenCsv(trips(month), { header: greenHeader.filter((name) => name !== 'trip_type') })),
    /SchemaMismatch: the header of \S+ lacks trip_type, compared with the layout/,
  ],
  [
    'has a column too many',
    (month) => packed(greenCsv(trips(month), { header: [...greenHeader, 'mood'] })),
    /SchemaMismatch: the header of \S+ has the unexpected mood/,
  ],
  [
    'has a column under another name',
    (month) => packed(greenCsv(trips(month), { header: renamed('extra', 'Extras') })),
    /SchemaMismatch: the header of \S+ lacks extra and has the unexpected Extras/,
  ],
  [
    'has a row with too few fields',
    (month) => packed(`${greenCsv(trips(month))}2,2021-01-05 10:00:00,2021-01-05 10:10:00\r\n`),
    /BadRow: green_tripdata_\S+\.csv\.gz, line 4: 3 fields in place of 20/,
  ],
  [
    'has a value that is none',
    (month) =>
      packed(greenCsv([...trips(month), greenTrip(`${month}-05 10:00:00`, { fare_amount: 'dear' })])),
    /BadRow: green_tripdata_\S+\.csv\.gz, line 4, column fare_amount: .*"dear"/,
  ],
];

const monthAt = (i: number) => addMonths('2019-01', i);

async function load(...words: string[]) {
  // In a CI as well what is piped must be plain, or its lines could not be told by how they begin.
  const env = { TEMPORAL_ADDRESS: temporal.address, CI: 'true' };
  const result = await runCli(['load', 'green', ...words], { env });
  written += result.stdout + result.stderr;
  return result;
}

/** The load failed with one line that says why, once; the answer is all of stderr. */
async function expectFailure(words: string[], line: RegExp): Promise<string> {
  const { code, stdout, stderr } = await load(...words);
  expect(code).toBe(1);
  const reasons = linesOf(stderr).filter((text) => text.startsWith('✖'));
  expect(reasons).toEqual([expect.stringMatching(line)]);
  expect(stdout).toMatch(/ failed\n$/);
  expect(stderr).not.toMatch(/\n {4}at /);
  return stderr;
}

beforeAll(async () => {
  worker = await workers.start({
    databaseUrl: database.url,
    temporalAddress: temporal.address,
    csvUrl: source.urlTemplate,
    env: { FAREFLOW_MAX_UNPACKED_BYTES: '1000000' },
  });
});

describe.concurrent('a file that', () => {
  it.each(BAD.map((row, i) => [...row, monthAt(i)] as const))(
    '%s fails its load in one clear line',
    async (_, answer, line, month) => {
      source.publish('green', month, answer(month));
      await expectFailure([month], line);
    },
  );

  it('cannot be had for a dozen attempts fails its load, and says with what', async () => {
    source.publish('green', '2018-01', status(503, { 'retry-after': '1' }));
    const stderr = await expectFailure(['2018-01'], /green 2018-01: http\S+ answered with HTTP status 503/);
    expect(stderr).toMatch(/^green 2018-01: download, attempt \d+: http\S+ answered with HTTP status 503$/m);
    expect(source.requests('green', '2018-01')).toBe(12);
  });

  it('is not published yet is no failure', async () => {
    const month = addMonths(monthOf(new Date()), -1);
    const { code, stdout } = await load(month);
    expect(code).toBe(0);
    expect(stdout).toContain(`${month}  not yet`);
    expect(stdout).toMatch(/is not published yet at http/);
  });

  it.each([
    [
      '2018-02',
      'http://evil.example/x.csv.gz',
      /InvalidInput: the host evil\.example is not allowed; .*FAREFLOW_ALLOWED_HOSTS/,
    ],
    ['2018-03', 'file:///etc/passwd', /InvalidInput: file:\/\/\/etc\/passwd lies outside the directories/],
    ['2018-04', 'ftp://127.0.0.1/x', /InvalidInput: a ftp: URL is not allowed; it must be http/],
  ])('may not be fetched is not (%s): %s', async (month, url, line) => {
    await expectFailure([month, '--url', url], line);
  });
});

describe('afterwards', () => {
  it('the target is untouched and nothing is left', async () => {
    expect(await contentOf(database)).toEqual({ rows: 0, entries: 0 });
    await expectNothingLeft(database, worker);
  });

  it('the same worker loads a good file', async () => {
    source.publish('green', monthAt(0), file(whole(monthAt(0)), '"good"'));
    expect(await load(monthAt(0))).toMatchObject({ code: 0 });
    expect(await contentOf(database)).toEqual({ rows: 500, entries: 1 });
  });

  it('the password of the database is in nothing that anybody reads', async () => {
    const { password } = new URL(database.url);
    const { client } = temporal;
    let histories = 0;
    for await (const { workflowId, runId } of client.workflow.list()) {
      const handle = client.workflow.getHandle(workflowId, runId);
      const raw = asText([await handle.fetchHistory(), (await handle.describe()).raw]);
      // It stands in the input alone.
      expect(raw).toContain('"dataset":"green"');
      expect(raw).not.toContain(password);
      histories++;
    }
    expect(histories).toBeGreaterThan(BAD.length);
    expect(written).not.toContain(password);
    expect(await workers.logs()).not.toContain(password);
  });

  it('the log of the worker says why loads failed, too', async () => {
    const log = await workers.logs();
    expect(log).toContain('worker is ready');
    expect(log).toMatch(/"error":\{[^}]*"message":"green \S+: there is no file at/);
  });
});
