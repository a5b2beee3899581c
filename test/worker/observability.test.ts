/** What a real worker shows of itself: metrics, health, and its log. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { freePort } from '../../src/stack/free-port.ts';
import { linesOf, runCli } from '../support/cli.ts';
import { useDatabase } from '../support/database.ts';
import { file, status, tripFile, useSource } from '../support/source-server.ts';
import { useTemporal } from '../support/temporal.ts';
import { useWorkers } from '../support/worker-process.ts';

const database = useDatabase();
const temporal = useTemporal();
const source = useSource();
const workers = useWorkers();
let metricsUrl: string;
let healthUrl: string;

const read = (path: string) => readFileSync(new URL(`../../deploy/${path}`, import.meta.url), 'utf8');

beforeAll(async () => {
  const green = tripFile({ dataset: 'green', month: '2021-01', rows: 300, exactDuplicates: 1 });
  let asked = 0;
  source.publish('green', '2021-01', (request, response) =>
    (++asked === 1 ? status(503) : file(green))(request, response),
  );
  const [metrics, health] = [`127.0.0.1:${await freePort()}`, `127.0.0.1:${await freePort()}`];
  metricsUrl = `http://${metrics}/metrics`;
  healthUrl = `http://${health}`;
  await workers.start({
    databaseUrl: database.url,
    temporalAddress: temporal.address,
    csvUrl: source.urlTemplate,
    env: { FAREFLOW_METRICS_ADDRESS: metrics, FAREFLOW_HEALTH_ADDRESS: health },
  });
  await runCli(['load', 'green', '2021-01..2021-02'], { env: { TEMPORAL_ADDRESS: temporal.address } });
});

describe('the metrics of a worker', () => {
  /** Every sample: its name and labels, and its value. */
  async function scrape(): Promise<Map<string, number>> {
    const lines = linesOf(await (await fetch(metricsUrl)).text()).filter((line) => !line.startsWith('#'));
    return new Map(
      lines.map((line) => {
        const space = line.lastIndexOf(' ');
        return [line.slice(0, space), Number(line.slice(space + 1))];
      }),
    );
  }
  /** What is measured once a minute or so has been by then. */
  async function scrapeWhenRead(): Promise<Map<string, number>> {
    return vi.waitFor(
      async () => {
        const samples = await scrape();
        for (const status of ['loaded', 'failed']) {
          expect(samples.get(`fareflow_months{dataset="green",status="${status}"}`)).toBe(1);
        }
        return samples;
      },
      { timeout: 60_000, interval: 500 },
    );
  }

  it('count rows, bytes, retries by their reason and loads by their end', async () => {
    const samples = await scrapeWhenRead();
    const value = (name: string) => samples.get(name);
    expect(value('fareflow_rows_total{dataset="green",outcome="inserted"}')).toBe(299);
    expect(value('fareflow_rows_total{dataset="green",outcome="duplicates"}')).toBe(1);
    expect(value('fareflow_rows_total{dataset="yellow",outcome="inserted"}')).toBe(0);
    expect(value('fareflow_downloaded_bytes_total{dataset="green",source="csv"}')).toBeGreaterThan(1_000);
    expect(value('fareflow_retries_total{dataset="green",phase="download",reason="http_503"}')).toBe(1);
    for (const phase of ['download', 'copy', 'hash', 'merge']) {
      expect(value(`fareflow_phase_duration_seconds_count{dataset="green",phase="${phase}"}`)).toBe(1);
    }
    const loads = [...samples].filter(([name]) => name.startsWith('fareflow_loads_total{dataset="green"'));
    const outcomes = loads.map(([name, n]) => [/outcome="(\w+)"/.exec(name)?.[1], n]);
    // A label set that differed from that of the zeros would be a second series.
    expect(outcomes.toSorted()).toEqual([
      ['cancelled', 0],
      ['failed', 1],
      ['loaded', 1],
      ['not_published', 0],
      ['skipped', 0],
    ]);
  });

  it('say how the months stand and how old the newest is', async () => {
    const samples = await scrapeWhenRead();
    expect(samples.get('fareflow_months{dataset="green",status="waiting"}')).toBe(0);
    const age = samples.get('fareflow_newest_month_age_seconds{dataset="green"}');
    const expected = (Date.now() - Date.parse('2021-02-01T00:00:00Z')) / 1000;
    expect(Math.abs((age ?? 0) - expected)).toBeLessThan(120);
  });

  it('have every name that the dashboard and the alert rules ask for', async () => {
    const samples = await scrapeWhenRead();
    const there = new Set([...samples.keys()].map((name) => name.replace(/\{.*/, '')));
    const dashboard = JSON.parse(read('grafana/fareflow.json')) as {
      panels: { targets: { expr: string }[] }[];
      templating: { list: { query: unknown }[] };
    };
    const asked = [
      ...dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
      ...dashboard.templating.list.map(({ query }) => JSON.stringify(query)),
      ...(read('prometheus/alerts.yml').match(/expr: .*/g) ?? []),
    ].flatMap((text) => text.match(/\b(fareflow|temporal)_\w+/g) ?? []);
    expect(new Set(asked).size).toBeGreaterThan(12);
    expect([...new Set(asked)].filter((name) => !there.has(name))).toEqual([]);
    const own = [...there].filter((name) => /^fareflow_(?!.*_(bucket|sum|count)$)/.test(name));
    expect(own.filter((name) => !asked.includes(name))).toEqual([]);
  });

  it('have no label of which there are ever more values', async () => {
    const names = [...(await scrape()).keys()].join('\n');
    expect(names).not.toMatch(/2021-0[12]|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/);
  });
});

it('a worker is alive and ready by /healthz and /readyz', async () => {
  const health = await fetch(`${healthUrl}/healthz`);
  expect({ status: health.status, body: await health.json() }).toMatchObject({
    status: 200,
    body: { status: 'ok' },
  });
  const ready = await fetch(`${healthUrl}/readyz`);
  expect({ status: ready.status, body: await ready.json() }).toMatchObject({
    status: 200,
    body: { status: 'ready', checks: { temporal: 'ok', postgres: 'ok' } },
  });
});

it('the log has a JSON line for each phase, with workflow, data set, month and phase', async () => {
  const lines = linesOf(await workers.logs()).map((line) => JSON.parse(line) as Record<string, unknown>);
  const about = { workflowId: 'load-green-2021-01', dataset: 'green', month: '2021-01' };
  const file = { outcome: 'fetched', filename: 'green_tripdata_2021-01.csv.gz' };
  expect(lines).toContainEqual(expect.objectContaining({ ...about, phase: 'download', attempt: 2, ...file }));
  expect(lines).toContainEqual(expect.objectContaining({ ...about, phase: 'merge', rowsInFile: 300 }));
  expect(lines).toContainEqual(
    expect.objectContaining({ ...about, phase: 'loaded', msg: 'load ended: loaded' }),
  );
  expect(lines).toContainEqual(
    expect.objectContaining({ ...about, phase: 'download', msg: 'Activity failed', level: 40 }),
  );
});
