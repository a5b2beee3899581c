import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import {
  findLatestLoad,
  findLoadOfRun,
  insertLoad,
  type LedgerEntry,
  listLatestLoads,
  listLoads,
  nextLoadId,
  outsideMonthsOf,
  skippedReport,
} from '../../src/database/ledger.ts';
import { withTransaction } from '../../src/database/pool.ts';
import { useDatabase } from '../support/database.ts';

const database = useDatabase();

const insert = (differing: Partial<LedgerEntry> = {}): Promise<LedgerEntry> =>
  withTransaction(database.pool, { name: 'test' }, async (client) =>
    insertLoad(client, {
      loadId: await nextLoadId(client),
      dataset: 'green',
      month: '2021-03',
      status: 'loaded',
      mode: 'load',
      source: 'csv',
      sourceUrl: 'https://example.com/f.csv.gz',
      filename: 'f.csv.gz',
      etag: '"x"',
      lastModified: null,
      sha256: 'a'.repeat(64),
      bytes: 2 ** 40,
      rowsInFile: 10,
      inserted: 4,
      updated: 3,
      unchanged: 2,
      duplicates: 1,
      rejected: 0,
      removed: 7,
      outsideMonth: 1,
      outsideMonths: ['2021-02'],
      durationMs: 10,
      phases: { download: 1, copy: 2, hash: 3, merge: 4 },
      checks: [],
      ignoredColumns: [],
      labels: { by: 'test' },
      namespace: 'test',
      workflowId: 'load-green-2021-03',
      runId: randomUUID(),
      worker: 'w/1',
      codeVersion: '1.2.3',
      startedAt: '2026-01-02T03:04:05.678Z',
      ...differing,
    }),
  );

it('gives back what was written', async () => {
  const entry = await insert();
  expect(await findLoadOfRun(database.pool, entry.runId)).toEqual(entry);
  expect(entry).toMatchObject({
    bytes: 2 ** 40,
    etag: '"x"',
    lastModified: null,
    startedAt: '2026-01-02T03:04:05.678Z',
  });
  expect(entry).toMatchObject({
    phases: { download: 1, copy: 2, hash: 3, merge: 4 },
    outsideMonths: ['2021-02'],
  });
  expect(Number.isNaN(Date.parse(entry.finishedAt))).toBe(false);
});

it.each<[string, Partial<LedgerEntry>]>([
  ['counts that do not add up', { inserted: 5 }],
  ['a negative count', { inserted: -1, updated: 8 }],
  ['a month that is none', { month: '2021-13' }],
  ['a checksum that is none', { sha256: 'abc' }],
])('refuses %s', async (_, differing) => {
  await expect(insert(differing)).rejects.toMatchObject({ code: '23514' });
});

it('takes one load of a run', async () => {
  const { runId } = await insert();
  await expect(insert({ runId })).rejects.toMatchObject({ code: '23505' });
});

it('finds a month’s latest load by the order of commits, whatever their ids', async () => {
  const late = await insert({ month: '2022-01' });
  const early = await insert({ month: '2022-01', loadId: late.loadId - 1_000_000 });
  expect((await findLatestLoad(database.pool, 'green', '2022-01'))?.loadId).toBe(early.loadId);
  expect(await findLatestLoad(database.pool, 'yellow', '2022-01')).toBeUndefined();
});

it('lists loads newest first, of one data set or month or all', async () => {
  const ids = (loads: LedgerEntry[]) => loads.map(({ loadId }) => loadId);
  const one = await insert({ dataset: 'yellow', month: '2023-01' });
  const two = await insert({ dataset: 'yellow', month: '2023-02' });
  const three = await insert({ dataset: 'yellow', month: '2023-01' });
  const filter = { dataset: 'yellow', limit: null };
  expect(ids(await listLoads(database.pool, filter))).toEqual([three.loadId, two.loadId, one.loadId]);
  expect(ids(await listLoads(database.pool, { ...filter, limit: 2 }))).toEqual([three.loadId, two.loadId]);
  expect(ids(await listLoads(database.pool, { ...filter, month: '2023-02' }))).toEqual([two.loadId]);
  expect(ids(await listLatestLoads(database.pool, 'yellow'))).toEqual([three.loadId, two.loadId]);
  expect((await listLoads(database.pool, { limit: null })).length).toBeGreaterThan(3);
});

it('knows every other month that the files of a month have reached', async () => {
  await insert({ month: '2024-01', outsideMonths: ['2008-12', '2024-02'] });
  await insert({ month: '2024-01', outsideMonths: ['2024-02', '2041-08'] });
  await insert({ month: '2024-02', outsideMonths: ['1999-01'] });
  await withTransaction(database.pool, { name: 'test' }, async (client) => {
    const months = await outsideMonthsOf(client, 'green', '2024-01');
    expect(months.sort()).toEqual(['2008-12', '2024-02', '2041-08']);
    expect(await outsideMonthsOf(client, 'yellow', '2024-01')).toEqual([]);
  });
});

it('reports a skipped load with counts that add up, and no time', async () => {
  const report = skippedReport(await insert());
  expect(report).toMatchObject({
    status: 'skipped',
    inserted: 0,
    updated: 0,
    unchanged: 9,
    removed: 0,
    durationMs: 0,
  });
  const { inserted, updated, unchanged, duplicates, rejected } = report;
  expect(inserted + updated + unchanged + duplicates + rejected).toBe(report.rowsInFile);
});
