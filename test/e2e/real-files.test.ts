import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import type { LoadMonthsReport, LoadReport } from '../../src/contract.ts';
import { runCli } from '../support/cli.ts';
import { useDatabase } from '../support/database.ts';
import { useTemporal } from '../support/temporal.ts';
import { type TestWorker, useWorkers } from '../support/worker-process.ts';
import { contentOf, expectNothingLeft } from './aftermath.ts';

const FILES = resolve(import.meta.dirname, '../../../shared/data/green_csv');
const ROWS = [223_406, 35_612, 57_360, 63_109, 72_257];
const OUTSIDE = [22, 6, 0, 2, 6];
const ALL = 451_744;

type Printed = LoadMonthsReport & { months: LoadReport[] };

describe.skipIf(!existsSync(FILES))('five months as they were published (needs ../shared/data)', () => {
  const database = useDatabase();
  const temporal = useTemporal();
  const workers = useWorkers();
  let worker: TestWorker;

  beforeAll(async () => {
    worker = await workers.start({
      databaseUrl: database.url,
      temporalAddress: temporal.address,
      csvUrl: `${pathToFileURL(FILES).href}/{dataset}_tripdata_{month}.csv.gz`,
    });
  });

  async function load(...flags: string[]): Promise<Printed> {
    const { code, stdout, stderr } = await runCli(['load', 'green', '2020-03..2020-07', '--json', ...flags], {
      env: { TEMPORAL_ADDRESS: temporal.address },
    });
    expect(code, stderr).toBe(0);
    return JSON.parse(stdout) as Printed;
  }

  it('are loaded to the row', async () => {
    const report = await load();
    expect(report).toMatchObject({
      loaded: 5,
      rowsInFile: ALL,
      inserted: ALL,
      duplicates: 0,
      outsideMonth: 36,
    });
    expect(report.months.map(({ rowsInFile }) => rowsInFile)).toEqual(ROWS);
    expect(report.months.map(({ outsideMonth }) => outsideMonth)).toEqual(OUTSIDE);
    expect(await contentOf(database)).toEqual({ rows: ALL, entries: 5 });
  });

  it('are all skipped the second time', async () => {
    expect(await load()).toMatchObject({ loaded: 0, skipped: 5, inserted: 0, unchanged: ALL });
  });

  it('are all unchanged when they are loaded all the same', async () => {
    expect(await load('--force')).toMatchObject({ loaded: 5, inserted: 0, updated: 0, unchanged: ALL });
    expect(await contentOf(database)).toEqual({ rows: ALL, entries: 10 });
    await expectNothingLeft(database, worker);
  });
});
