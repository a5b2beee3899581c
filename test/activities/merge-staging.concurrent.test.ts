import { randomUUID } from 'node:crypto';
import { beforeEach, expect, it } from 'vitest';
import type { LoadReport, MonthString } from '../../src/contract.ts';
import { createPool } from '../../src/database/pool.ts';
import { listLoads } from '../../src/database/ledger.ts';
import { useDatabase } from '../support/database.ts';
import { finish, type Loading, loadFile, type LoadingOptions, stageFile } from '../support/loading.ts';
import { emptyGreen, greenRows, stagingTables } from '../support/tables.ts';
import { greenCsv, greenTrip } from '../support/trip-csv.ts';

const database = useDatabase();
beforeEach(() => emptyGreen(database));

const stage = (month: MonthString, pickups: string[], options: Partial<LoadingOptions> = {}) =>
  stageFile(database, {
    dataset: 'green',
    month,
    csv: greenCsv(pickups.map((pickup) => greenTrip(`${pickup} 10:00:00`))),
    ...options,
  });

async function mergeAll(loadings: Loading[]): Promise<LoadReport[]> {
  try {
    return await Promise.all(loadings.map((loading) => loading.merge()));
  } finally {
    await Promise.all(loadings.map(finish));
  }
}

const inserted = (reports: LoadReport[]) => reports.reduce((sum, report) => sum + report.inserted, 0);

it('takes a file once that several namespaces merge at the same moment', async () => {
  const loadings = await Promise.all(
    ['a', 'b', 'c', 'd'].map((namespace) =>
      stage('2021-03', ['2021-03-01', '2021-03-02', '2021-02-01'], { run: { namespace } }),
    ),
  );
  const reports = await mergeAll(loadings);
  expect(reports.map(({ status }) => status).sort()).toEqual(['loaded', 'skipped', 'skipped', 'skipped']);
  expect(inserted(reports)).toBe(3);
  expect(await greenRows(database)).toHaveLength(3);
  expect(await listLoads(database.pool, { limit: null })).toHaveLength(1);
});

it('takes a run’s file once that several of its attempts merge at the same moment', async () => {
  const loading = await stage('2021-03', ['2021-03-01', '2021-02-01'], { mode: 'force' });
  const reports = await Promise.all([loading.merge(), loading.merge(), loading.merge()]);
  await finish(loading);
  expect(new Set(reports.map((report) => JSON.stringify(report))).size).toBe(1);
  expect(reports[0]).toMatchObject({ status: 'loaded', inserted: 2 });
  expect(await listLoads(database.pool, { limit: null })).toHaveLength(1);
});

it('takes each file of a month one after the other', async () => {
  const loadings = await Promise.all([
    stage('2021-03', ['2021-03-01', '2021-03-02', '2041-08-17']),
    stage('2021-03', ['2021-03-02', '2021-03-03', '2041-08-17']),
    stage('2021-03', ['2021-03-01', '2021-03-03', '2041-08-17'], { mode: 'force' }),
  ]);
  const reports = await mergeAll(loadings);
  expect(reports.map(({ status }) => status)).toEqual(['loaded', 'loaded', 'loaded']);
  expect(inserted(reports)).toBe(4);
  expect(await greenRows(database)).toHaveLength(4);
});

it('also does so in a database whose transactions are serializable by default', async () => {
  const [{ name } = { name: '' }] = await database.query<{ name: string }>(
    'select current_database() as name',
  );
  await database.administer(`alter database ${name} set default_transaction_isolation = 'serializable'`);
  try {
    const pool = createPool({ connectionString: database.url }, () => undefined);
    const loadings = await Promise.all(
      ['a', 'b', 'c'].map((namespace) =>
        stageFile(
          { pool },
          {
            dataset: 'green',
            month: '2021-03',
            csv: greenCsv([greenTrip('2021-03-01 10:00:00')]),
            run: { namespace },
          },
        ),
      ),
    );
    const reports = await mergeAll(loadings);
    await pool.end();
    expect(inserted(reports)).toBe(1);
  } finally {
    await database.administer(`alter database ${name} reset default_transaction_isolation`);
  }
});

const months = ['2021-01', '2021-02', '2021-03', '2021-04'];

/** Stages a file of every month, then merges all of them at once. */
async function mergeMonths(
  pickupsOf: (month: MonthString) => string[],
  mode: 'load' | 'replace',
): Promise<LoadReport[]> {
  return mergeAll(
    await Promise.all(
      months.map((month) => stage(month, pickupsOf(month), { mode, run: { namespace: randomUUID() } })),
    ),
  );
}

it('keeps every row of months that have rows in each other, in whatever order they are merged', async () => {
  /** Two rows of its own, one of each month that all files have, one of a year of its own, and a far one. */
  const before = (month: MonthString) => [
    `${month}-01`,
    `${month}-02`,
    ...months.map((other) => `${other}-20`),
    `20${month.slice(5)}-01-01`,
    '2041-08-17',
  ];
  const after = (month: MonthString) => [...before(month), ...months.map((other) => `${other}-25`)];
  for (let round = 0; round < 5; round++) {
    await emptyGreen(database);
    const mode = round % 2 === 0 ? 'load' : 'replace';
    const expected = new Set(months.flatMap(after));
    // All months are new; then all are there, and every file has a row that each month lacks.
    expect(inserted(await mergeMonths(before, mode))).toBe(expected.size - months.length);
    const reports = await mergeMonths(after, mode);
    expect(inserted(reports)).toBe(months.length);
    expect(reports).toMatchObject(months.map(() => ({ rowsInFile: 12, updated: 0, removed: 0 })));
    const rows = await greenRows(database);
    expect(rows.map(({ pickup }) => pickup.slice(0, 10))).toEqual([...expected].sort());
  }
  expect(await stagingTables(database)).toEqual([]);
});

it('attaches new months while others write to the default partition, without a deadlock', async () => {
  const pickupsOf = (month: MonthString) => [
    `${month}-01`,
    `20${month.slice(5)}-06-01`,
    `20${month.slice(5)}-07-01`,
  ];
  for (let round = 0; round < 5; round++) {
    await emptyGreen(database);
    await loadFile(database, { dataset: 'green', month: '2021-01', csv: greenCsv([]) });
    expect(inserted(await mergeMonths(pickupsOf, 'load'))).toBe(12);
    expect(await greenRows(database)).toHaveLength(12);
  }
});
