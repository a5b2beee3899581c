/** What docs/your-own-data.md shows, done with the very files that stand there. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { WorkflowFailedError } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LoadMonthsReport, LoadReport } from '../../src/contract.ts';
import { linesOf, runCli } from '../support/cli.ts';
import { useDatabase } from '../support/database.ts';
import { useTemporal } from '../support/temporal.ts';
import { type TestWorker, useWorkers } from '../support/worker-process.ts';

const database = useDatabase();
const temporal = useTemporal();
const workers = useWorkers();
const page = await readFile(new URL('../../docs/your-own-data.md', import.meta.url), 'utf8');

function block(language: string): string {
  const [, text] = new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 's').exec(page) ?? [];
  if (text === undefined) throw new Error(`the page has no ${language}`);
  return text;
}
const definition = JSON.parse(block('json')) as Record<string, unknown>;
const [header = '', ...trips] = linesOf(block('csv'));

let directory: string;
let file: string;
let worker: TestWorker;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fareflow-own-'));
  file = join(directory, 'bike_trips.json');
  await writeFile(file, block('json'));
  const publish = (name: string, lines: string[]) =>
    writeFile(join(directory, `${name}.csv.gz`), gzipSync(`${[header, ...lines].join('\n')}\n`));
  await publish('2026-W05', trips);
  await publish('2026-W06', [trips.at(-1) ?? '', '5,2026-02-03 10:00:00,2026-02-03 10:10:00,Old Mill,']);
  await writeFile(
    join(directory, 'all.csv.gz'),
    gzipSync('"LocationID","Borough","Zone","service_zone"\r\n265,"N/A","Outside of NYC","N/A"\r\n'),
  );
  worker = await workers.start({
    databaseUrl: database.url,
    temporalAddress: temporal.address,
    csvUrl: `${pathToFileURL(directory).href}/{month}.csv.gz`,
  });
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const fareflow = (...args: string[]) =>
  runCli(args, { env: { TEMPORAL_ADDRESS: temporal.address, DATABASE_URL: database.url } });
async function load(...words: string[]): Promise<LoadReport & LoadMonthsReport> {
  const { stdout, stderr, code } = await fareflow('load', ...words, '--json');
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout) as LoadReport & LoadMonthsReport;
}
const places = () =>
  database.query(
    'select bike_id, metres, tableoid::regclass::text as place from bike_trips order by started_at',
  );

describe('the data set of the page', () => {
  it('is shown as it was understood', async () => {
    const { code, stdout } = await fareflow('datasets', 'show', '--dataset-file', file);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^bike_trips {2}Trips of rented bikes, weeks since 2024-W01, into public\.bike_trips/,
    );
    expect(stdout).toMatch(/started_at +timestamp +decides the week; in the key/);
  });

  it('is loaded as the page says, and skipped the second time', async () => {
    expect(await load('bike_trips', '2026-W05', '--dataset-file', file)).toMatchObject({
      dataset: 'bike_trips',
      month: '2026-W05',
      status: 'loaded',
      rowsInFile: 4,
      inserted: 4,
      outsideMonth: 1,
    });
    expect(await places()).toEqual([
      { bike_id: 17, metres: 3120, place: 'bike_trips_2026_w05' },
      { bike_id: 17, metres: 3350.5, place: 'bike_trips_2026_w05' },
      { bike_id: 4, metres: 2210, place: 'bike_trips_2026_w05' },
      { bike_id: 23, metres: 980, place: 'bike_trips_default' },
    ]);
    expect(await load('bike_trips', '2026-W05..2026-W06', '--dataset-file', file)).toMatchObject({
      loaded: 1,
      skipped: 1,
      rowsInFile: 6,
      inserted: 1,
      unchanged: 5,
    });
    const [lineage] = await database.query('select filename from bike_trips_lineage where bike_id = 5');
    expect(lineage).toEqual({ filename: '2026-W06.csv.gz' });
  });

  it('is in status and loads like any other', async () => {
    const { stdout, code } = await fareflow('status', 'bike_trips');
    expect(code).toBe(0);
    expect(linesOf(stdout)[0]).toBe('bike_trips  6 rows in 2 weeks');
    // The first one was looked at again; weeks that are not over are none that is missing.
    expect(linesOf(stdout)[1]).toMatch(/^2026 {2}····=✔·*$/);
    expect((await fareflow('loads', 'bike_trips', '2026-W05')).stdout).toMatch(/bike_trips +2026-W05 /);
    expect(await fareflow('status', 'trike_bips')).toMatchObject({ code: 2 });
    expect(await fareflow('loads', 'trike_bips')).toMatchObject({ code: 2 });
  });

  it('can be started with raw JSON, also from a module', async () => {
    const input = { dataset: 'bike_trips', month: '2026-W06', force: true, definition };
    const report = (await temporal.client.workflow.execute('loadMonth', {
      taskQueue: 'fareflow',
      workflowId: 'load-bike_trips-2026-W06',
      args: [input],
    })) as LoadReport;
    expect(report).toMatchObject({ status: 'loaded', unchanged: 2 });
    const module = join(directory, 'bike_trips.mjs');
    await writeFile(module, `export default ${block('json')}`);
    expect(await load('bike_trips', '2026-W06', '--dataset-file', module)).toMatchObject({
      status: 'skipped',
    });
  });

  it('does not make its own address one that the worker fetches from', async () => {
    const url = 'https://bikes.example/trips/{month}.csv.gz';
    const { code, stderr } = await fareflow(
      'load',
      'bike_trips',
      '2026-W04',
      '--url',
      url,
      '--dataset-file',
      file,
    );
    expect(code).toBe(1);
    expect(stderr).toContain('the host bikes.example is not allowed; add it to FAREFLOW_ALLOWED_HOSTS');
  });

  it('is refused by the workflow with the place in the definition', async () => {
    const input = { dataset: 'bike_trips', month: '2026-W06', definition: { ...definition, period: 'year' } };
    const refused = temporal.client.workflow.execute('loadMonth', {
      taskQueue: 'fareflow',
      workflowId: 'load-bad',
      args: [input],
    });
    const error: unknown = await refused.catch((error: unknown) => error);
    expect(error).toBeInstanceOf(WorkflowFailedError);
    expect((error as WorkflowFailedError).cause).toMatchObject({
      type: 'InvalidInput',
      message: 'definition: period: "year" is not one of month, week, day, whole',
    });
  });

  it('leaves nothing behind', async () => {
    expect(await worker.cachedFiles()).toEqual([]);
  });
});

it('loads the zones without a month', async () => {
  expect(await load('zones')).toMatchObject({
    dataset: 'zones',
    month: 'all',
    status: 'loaded',
    inserted: 1,
  });
  expect(await load('zones', 'all')).toMatchObject({ status: 'skipped' });
  expect(await database.query('select borough from taxi_zone_lookup')).toEqual([{ borough: 'N/A' }]);
  expect((await fareflow('status', 'zones')).stdout).toMatch(/^zones {2}1 rows\nall {2}=/);
});
