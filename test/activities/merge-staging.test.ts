import { beforeEach, describe, expect, it } from 'vitest';
import type { LoadReport } from '../../src/contract.ts';
import { listLoads } from '../../src/database/ledger.ts';
import { useDatabase } from '../support/database.ts';
import { finish, loadFile, type LoadingOptions, stageFile } from '../support/loading.ts';
import { emptyGreen, greenRows, stagingTables } from '../support/tables.ts';
import { greenCsv, greenTrip, type TripRow } from '../support/trip-csv.ts';

const database = useDatabase();
beforeEach(() => emptyGreen(database));

const fileOf = (rows: TripRow[], options: Partial<LoadingOptions> = {}): LoadingOptions => ({
  dataset: 'green',
  month: '2021-03',
  csv: greenCsv(rows),
  ...options,
});
const load = (rows: TripRow[], options: Partial<LoadingOptions> = {}): Promise<LoadReport> =>
  loadFile(database, fileOf(rows, options));

const first = greenTrip('2021-03-01 00:00:00');
const middle = greenTrip('2021-03-15 12:00:00');
const last = greenTrip('2021-03-31 23:59:59');

describe('a month that is new', () => {
  it('becomes a partition with the name and the key of its own, and nothing left of the staging table', async () => {
    const report = await load([first, middle, last]);
    expect(report).toMatchObject({ status: 'loaded', rowsInFile: 3, inserted: 3, updated: 0, unchanged: 0 });
    const [partition] = await database.query(
      `select c.relname, c.relkind, c.reloptions, obj_description(c.oid, 'pg_class') as comment,
         pg_get_expr(c.relpartbound, c.oid) as bounds
       from pg_inherits join pg_class c on c.oid = inhrelid
       where inhparent = 'green_tripdata'::regclass and relname <> 'green_tripdata_default'`,
    );
    expect(partition).toEqual({
      relname: 'green_tripdata_2021_03',
      relkind: 'r',
      reloptions: null,
      comment: null,
      bounds: "FOR VALUES FROM ('2021-03-01 00:00:00') TO ('2021-04-01 00:00:00')",
    });
    const table = "'green_tripdata_2021_03'::regclass";
    expect(await database.query(`select 1 from pg_attrdef where adrelid = ${table}`)).toEqual([]);
    expect(
      await database.query(
        `select conname, pg_get_constraintdef(oid) as def from pg_constraint
         where conrelid = ${table} and contype <> 'n'`,
      ),
    ).toEqual([
      { conname: 'green_tripdata_2021_03_pkey', def: 'PRIMARY KEY (lpep_pickup_datetime, unique_row_id)' },
    ]);
    expect(
      await database.query(
        `select indexrelid::regclass::text as name from pg_index where indrelid = ${table}`,
      ),
    ).toEqual([{ name: 'green_tripdata_2021_03_pkey' }]);
    expect(await stagingTables(database)).toEqual([]);
  });

  it('has its index as part of the table’s', async () => {
    await load([first]);
    expect(
      await database.query(
        "select inhrelid::regclass::text as name from pg_inherits where inhparent = 'green_tripdata_pkey'::regclass order by 1",
      ),
    ).toEqual([{ name: 'green_tripdata_2021_03_pkey' }, { name: 'green_tripdata_default_pkey' }]);
  });

  it('takes the first and the last second of the month, and neither neighbour', async () => {
    const before = greenTrip('2021-02-28 23:59:59');
    const after = greenTrip('2021-04-01 00:00:00');
    const report = await load([first, last, before, after]);
    expect(report).toMatchObject({ inserted: 4, outsideMonth: 2 });
    expect((await greenRows(database)).map(({ partition }) => partition)).toEqual([
      'green_tripdata_default',
      'green_tripdata_2021_03',
      'green_tripdata_2021_03',
      'green_tripdata_default',
    ]);
  });

  it('is looked into alone by a query for one of its days', async () => {
    await load([first]);
    await load([greenTrip('2021-04-01 00:00:00')], { month: '2021-04' });
    const plan = await database.query<{ 'QUERY PLAN': string }>(
      "explain select from green_tripdata where lpep_pickup_datetime >= '2021-03-05' and lpep_pickup_datetime < '2021-03-06'",
    );
    const text = plan.map((line) => line['QUERY PLAN']).join('\n');
    expect(text).toContain('green_tripdata_2021_03');
    expect(text).not.toContain('green_tripdata_2021_04');
  });

  it('says in the lineage view which file each row came with', async () => {
    const report = await load([first, greenTrip('2021-02-03 00:00:00')]);
    const rows = await database.query(
      'select load_id, filename, source_url, loaded_at is not null as dated from green_tripdata_lineage',
    );
    const lineage = {
      load_id: report.loadId,
      filename: report.filename,
      source_url: report.sourceUrl,
      dated: true,
    };
    expect(rows).toEqual([lineage, lineage]);
  });

  it('may have no rows at all', async () => {
    expect(await load([])).toMatchObject({ status: 'loaded', rowsInFile: 0, inserted: 0 });
    expect(await greenRows(database)).toEqual([]);
    expect(await load([first])).toMatchObject({ inserted: 1, outsideMonth: 0 });
    expect(await greenRows(database)).toMatchObject([{ partition: 'green_tripdata_2021_03' }]);
  });

  it('may have few of its file’s rows', async () => {
    const report = await load([greenTrip('2009-01-01 00:00:00'), first, greenTrip('2041-08-17 00:00:00')]);
    expect(report).toMatchObject({ inserted: 3, outsideMonth: 2, rowsInFile: 3 });
    expect(await greenRows(database)).toMatchObject([
      { pickup: '2009-01-01 00:00:00', partition: 'green_tripdata_default' },
      { pickup: first.lpep_pickup_datetime, partition: 'green_tripdata_2021_03' },
      { pickup: '2041-08-17 00:00:00', partition: 'green_tripdata_default' },
    ]);
  });
});

describe('a month that is there', () => {
  it('takes what is new, updates what differs and does not touch the rest', async () => {
    const one = await load([first, middle]);
    const [firstBefore, middleBefore] = await greenRows(database);
    const two = await load([first, { ...middle, total_amount: 11 }, last], { mode: 'force' });
    expect(two).toMatchObject({ rowsInFile: 3, inserted: 1, updated: 1, unchanged: 1, removed: 0 });
    const [firstAfter, middleAfter, lastAfter] = await greenRows(database);
    expect(firstAfter).toEqual(firstBefore);
    expect(middleBefore).toMatchObject({ load: one.loadId, total: 9.3 });
    expect(middleAfter).toMatchObject({ load: two.loadId, total: 11, created: middleBefore?.created });
    expect(middleAfter?.updated).not.toBe(middleBefore?.updated);
    expect(middleAfter?.id).toBe(middleBefore?.id);
    expect(lastAfter).toMatchObject({ load: two.loadId, partition: 'green_tripdata_2021_03' });
    expect(await stagingTables(database)).toEqual([]);
  });

  it('sees a value that appears or vanishes as a difference', async () => {
    await load([first, { ...last, tip_amount: 1, store_and_fwd_flag: null }]);
    const changed = [
      { ...first, congestion_surcharge: null },
      { ...last, tip_amount: 1, store_and_fwd_flag: 'Y' },
    ];
    expect(await load(changed)).toMatchObject({ updated: 2, inserted: 0, unchanged: 0 });
    expect(await load(changed, { mode: 'force' })).toMatchObject({ updated: 0, inserted: 0, unchanged: 2 });
  });

  it('keeps the rows that the new file lacks, unless it is to replace the month', async () => {
    await load([first, last]);
    expect(await load([first], { mode: 'force' })).toMatchObject({ removed: 0, unchanged: 1 });
    expect(await greenRows(database)).toHaveLength(2);
  });

  it('is unchanged by the same rows in another order and with its columns in another order', async () => {
    await load([first, middle, last]);
    const before = await greenRows(database);
    const header = [...Object.keys(first)].reverse();
    const csv = greenCsv([last, first, middle], { header, eol: '\n' });
    expect(await load([], { csv })).toMatchObject({ unchanged: 3, inserted: 0, updated: 0 });
    expect(await greenRows(database)).toEqual(before);
  });
});

describe('a file that the ledger has', () => {
  it('is skipped at the merge, whoever asks, and its staging table goes', async () => {
    const loaded = await load([first, last]);
    const skipped = await load([first, last], { run: { namespace: 'elsewhere' } });
    expect(skipped).toMatchObject({
      status: 'skipped',
      loadId: loaded.loadId,
      inserted: 0,
      unchanged: 2,
      rowsInFile: 2,
    });
    expect(await listLoads(database.pool, { limit: null })).toHaveLength(1);
    expect(await stagingTables(database)).toEqual([]);
  });

  it('is loaded again if another file came in between', async () => {
    await load([first]);
    await load([{ ...first, total_amount: 11 }]);
    expect(await load([first])).toMatchObject({ status: 'loaded', updated: 1 });
    expect(await greenRows(database)).toMatchObject([{ total: 9.3 }]);
  });

  it('is not the same file in another month', async () => {
    const csv = greenCsv([first, greenTrip('2021-04-01 00:00:00')]);
    await load([], { csv });
    expect(await load([], { csv, month: '2021-04' })).toMatchObject({
      status: 'loaded',
      unchanged: 2,
      outsideMonth: 1,
    });
    expect(await greenRows(database)).toHaveLength(2);
  });
});

describe('a merge that runs again', () => {
  it('returns what it has written, and writes nothing', async () => {
    const loading = await stageFile(database, fileOf([first, greenTrip('2021-02-03 00:00:00')]));
    const report = await loading.merge();
    const rows = await greenRows(database);
    expect(await loading.merge()).toEqual(report);
    expect(await greenRows(database)).toEqual(rows);
    expect(await listLoads(database.pool, { limit: null })).toHaveLength(1);
    await finish(loading);
    expect(await stagingTables(database)).toEqual([]);
  });

  it('still returns it when its staging tables are gone', async () => {
    await load([first]);
    const loading = await stageFile(database, fileOf([first, last]));
    const report = await loading.merge();
    await loading.drop();
    expect(await loading.merge()).toEqual(report);
    await loading.close();
  });

  it('fails without harm if its staging table is gone and it never wrote anything', async () => {
    await load([first, greenTrip('2021-02-03 00:00:00')]);
    const rows = await greenRows(database);
    const loading = await stageFile(database, fileOf([first], { mode: 'replace' }));
    await loading.drop();
    await expect(loading.merge()).rejects.toMatchObject({ nonRetryable: true });
    expect(await greenRows(database)).toEqual(rows);
    await loading.close();
  });
});

it('writes down all that is known of the load', async () => {
  const labels = { asked: 'o\'Neill; "drop"' };
  const loading = await stageFile(
    database,
    fileOf([first, greenTrip('2021-02-03 00:00:00'), first], { labels }),
  );
  const report = await loading.merge();
  await finish(loading);
  const [entry] = await listLoads(database.pool, { dataset: 'green', month: '2021-03', limit: 1 });
  expect(entry).toMatchObject({ ...report, labels, mode: 'load', source: 'csv', outsideMonths: ['2021-02'] });
  expect(entry).toMatchObject({ ...loading.run, worker: 'test/1', codeVersion: '0.0.0-test' });
  expect(report).toMatchObject({ rowsInFile: 3, inserted: 2, duplicates: 1, outsideMonth: 1 });
  expect(Date.parse(entry?.finishedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(entry?.startedAt ?? ''));
});
