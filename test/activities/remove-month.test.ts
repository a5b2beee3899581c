import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createRemoveMonth } from '../../src/activities/remove-month.ts';
import type { LoadReport, ResetReport } from '../../src/contract.ts';
import { findLatestLoad, listLoads } from '../../src/database/ledger.ts';
import { useDatabase } from '../support/database.ts';
import { type LoadingOptions, loadFile } from '../support/loading.ts';
import { connect, emptyGreen, greenRows, until } from '../support/tables.ts';
import { greenCsv, greenTrip, type TripRow } from '../support/trip-csv.ts';

const database = useDatabase();
beforeEach(() => emptyGreen(database));

const load = (month: string, rows: TripRow[], mode: LoadingOptions['mode'] = 'load'): Promise<LoadReport> =>
  loadFile(database, { dataset: 'green', month, csv: greenCsv(rows), mode });
const pickups = async () => (await greenRows(database)).map(({ pickup }) => pickup.slice(0, 10));
const partitions = async () => [...new Set((await greenRows(database)).map(({ partition }) => partition))];

/** Resets a month, as a run of its own if none is given. */
function reset(month: string, { dataset = 'green', runId = randomUUID() } = {}): Promise<ResetReport> {
  const deps = { pool: database.pool, worker: 'test/1', codeVersion: '0.0.0-test' };
  // Of what activities share, this one uses no more.
  const removeMonth = createRemoveMonth(deps as Parameters<typeof createRemoveMonth>[0]);
  const environment = new MockActivityEnvironment(
    { namespace: 'test', workflowExecution: { workflowId: `reset-${dataset}-${month}`, runId } },
    { logger: new DefaultLogger('ERROR') },
  );
  const input = { dataset, month, labels: { why: 'wrong file' }, startedAt: new Date().toISOString() };
  return environment.run(removeMonth, input);
}

const one = greenTrip('2021-03-01 10:00:00');
const two = greenTrip('2021-03-02 10:00:00');
const january = greenTrip('2021-01-10 10:00:00');
const inJanuary = greenTrip('2021-01-20 10:00:00');
const february = greenTrip('2021-02-10 10:00:00');
const inMarch = greenTrip('2021-03-20 10:00:00');
const future = greenTrip('2041-08-17 10:00:00');

describe('a month that is reset', () => {
  it('takes all its rows along, in its own partition, in others and in the default one, and no other row', async () => {
    await load('2021-01', [january]);
    await load('2021-02', [february, inMarch]);
    await load('2021-03', [one, two, inJanuary, future]);
    expect(await reset('2021-03')).toMatchObject({ status: 'reset', removed: 4 });
    expect(await pickups()).toEqual(['2021-01-10', '2021-02-10', '2021-03-20']);
    expect(await partitions()).toEqual([
      'green_tripdata_2021_01',
      'green_tripdata_2021_02',
      // As before its month was loaded: it waits for it.
      'green_tripdata_default',
    ]);
  });

  it('leaves a row that another month’s file has too, in its own partition and in others', async () => {
    await load('2021-03', [one, inJanuary]);
    await load('2021-01', [january, inJanuary, two]);
    expect(await reset('2021-01')).toMatchObject({ removed: 2 });
    expect(await pickups()).toEqual(['2021-01-20', '2021-03-01']);
    expect(await reset('2021-03')).toMatchObject({ removed: 2 });
    expect(await pickups()).toEqual([]);
  });

  it('is gone with everything that several loads of it brought in', async () => {
    await load('2021-03', [one]);
    await load('2021-03', [one, two], 'force');
    expect(await reset('2021-03')).toMatchObject({ removed: 2 });
    expect(await pickups()).toEqual([]);
  });

  it('is loaded anew by the same file, whole, and is as it was', async () => {
    await load('2021-02', [february, inMarch]);
    await load('2021-03', [one, future]);
    const before = (await greenRows(database)).map(({ id, partition }) => ({ id, partition }));
    await reset('2021-03');
    expect(await load('2021-03', [one, future])).toMatchObject({ status: 'loaded', inserted: 2 });
    expect((await greenRows(database)).map(({ id, partition }) => ({ id, partition }))).toEqual(before);
  });

  it('stands in the ledger with the file whose rows went, and nothing counts as loaded any more', async () => {
    const { sha256, filename } = await load('2021-03', [one, two, inJanuary]);
    const { loadId } = await reset('2021-03');
    expect(await listLoads(database.pool, { dataset: 'green', month: '2021-03', limit: 1 })).toMatchObject([
      {
        loadId,
        status: 'reset',
        mode: 'reset',
        sha256,
        filename,
        rowsInFile: 0,
        removed: 3,
        outsideMonths: ['2021-01'],
        labels: { why: 'wrong file' },
        workflowId: 'reset-green-2021-03',
      },
    ]);
    expect(await findLatestLoad(database.pool, 'green', '2021-03')).toBeUndefined();
    expect(await load('2021-03', [one])).toMatchObject({ status: 'loaded' });
    expect(await findLatestLoad(database.pool, 'green', '2021-03')).toMatchObject({ status: 'loaded' });
  });

  it('is reset once by a step that is taken twice', async () => {
    const runId = randomUUID();
    await load('2021-03', [one]);
    const first = await reset('2021-03', { runId });
    await load('2021-03', [one, two]);
    expect(await reset('2021-03', { runId })).toEqual(first);
    expect(await pickups()).toHaveLength(2);
  });

  it('that is not loaded leaves everything as it is, the ledger too', async () => {
    await load('2021-02', [february, inMarch]);
    expect(await reset('2021-03')).toMatchObject({ status: 'not_loaded', loadId: null, removed: 0 });
    expect(await pickups()).toHaveLength(2);
    expect(await listLoads(database.pool, { dataset: 'green', limit: null })).toHaveLength(1);
  });

  it('keeps a partition that somebody’s view rests on, empty', async () => {
    await load('2021-03', [one, two]);
    await load('2021-02', [february, inMarch]);
    await database.query('create view march as select * from green_tripdata_2021_03');
    expect(await reset('2021-03')).toMatchObject({ removed: 2 });
    expect(await partitions()).toEqual(['green_tripdata_2021_02', 'green_tripdata_2021_03']);
    expect(await pickups()).toEqual(['2021-02-10', '2021-03-20']);
    expect(await load('2021-03', [one, two])).toMatchObject({ inserted: 2 });
    await database.query('drop view march');
  });

  it('waits for a load of the month that is being merged, and takes its rows too', async () => {
    await load('2021-03', [one]);
    const keeper = await connect(database.url);
    await keeper.query('begin; lock table fareflow.loads in share mode');
    const merging = load('2021-03', [one, two], 'force');
    await until(
      database,
      `select count(*) > 0 from pg_locks where locktype = 'relation' and not granted
         and database = (select oid from pg_database where datname = current_database())`,
    );
    const resetting = reset('2021-03');
    await until(
      database,
      `select count(*) > 0 from pg_locks where locktype = 'advisory' and not granted
         and database = (select oid from pg_database where datname = current_database())`,
    );
    await keeper.end();
    expect((await merging).inserted).toBe(1);
    expect(await resetting).toMatchObject({ removed: 2 });
    expect(await pickups()).toEqual([]);
  });
});

it('a data set that is one file loses all that its file brought in', async () => {
  const csv = [
    'LocationID,Borough,Zone,service_zone',
    '1,EWR,Newark Airport,EWR',
    '2,Queens,Jamaica Bay,Boro',
  ];
  await loadFile(database, { dataset: 'zones', month: 'all', csv: `${csv.join('\n')}\n` });
  expect(await reset('all', { dataset: 'zones' })).toMatchObject({ status: 'reset', removed: 2 });
  expect(await database.query('select from taxi_zone_lookup')).toEqual([]);
});
