import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type pg from 'pg';
import { lockMonths } from '../../src/database/locks.ts';
import { listLoads } from '../../src/database/ledger.ts';
import { green } from '../../src/datasets/green.ts';
import { useDatabase } from '../support/database.ts';
import { finish, type Loading, loadFile, stageFile } from '../support/loading.ts';
import {
  connect,
  emptyGreen,
  greenRows,
  killBackends,
  stagingTables,
  stepIsOver,
  until,
} from '../support/tables.ts';
import { greenCsv, greenTrip } from '../support/trip-csv.ts';

const database = useDatabase();
const sessions: pg.Client[] = [];

beforeEach(() => emptyGreen(database));
afterEach(async () => {
  await Promise.all(sessions.splice(0).map((session) => session.end()));
});

/** A session of somebody else, in a transaction. */
async function somebody(): Promise<pg.Client> {
  const session = await connect(database.url);
  sessions.push(session);
  await session.query('begin');
  return session;
}

const rows = [greenTrip('2021-03-01 10:00:00'), greenTrip('2021-02-01 10:00:00')];
const file = { dataset: 'green', month: '2021-03', csv: greenCsv(rows) };

/** Whether a merge waits for something in PostgreSQL. */
const waits = () =>
  until(
    database,
    `select exists (select from pg_stat_activity
       where datname = current_database() and application_name like 'fareflow merge%' and wait_event_type = 'Lock')`,
  );

async function expectAsBefore(
  loading: Loading,
  before: Awaited<ReturnType<typeof greenRows>>,
): Promise<void> {
  expect(await greenRows(database)).toEqual(before);
  const { loadId } = loading.copied ?? {};
  expect(await listLoads(database.pool, { dataset: 'green', limit: null })).toHaveLength(
    before.length === 0 ? 0 : 1,
  );
  expect(await stagingTables(database)).toContain(`green_2021_03_l${loadId}`);
}

describe.each([
  ['a new month', []],
  ['a month that is there', [greenTrip('2021-03-09 10:00:00')]],
])('the merge of %s', (_, there) => {
  const begin = async () => {
    if (there.length > 0) await loadFile(database, { ...file, csv: greenCsv(there) });
    const before = await greenRows(database);
    return { loading: await stageFile(database, { ...file, mode: 'replace' }), before };
  };

  it.each([
    ['cancelled', { name: 'CancelledFailure' }],
    ['cut off from the database', { nonRetryable: false, type: 'error' }],
  ])(
    'leaves nothing when it is %s while it waits for its month, and can be done again',
    async (how, failure) => {
      const { loading, before } = await begin();
      const holder = await somebody();
      await lockMonths(holder as never, green, ['2021-02']);
      const environment = loading.environment();
      const failed = expect(loading.merge(environment)).rejects.toMatchObject(failure);
      await waits();
      if (how === 'cancelled') environment.cancel();
      else await killBackends(database, 'merge green 2021-03');
      await failed;
      await stepIsOver(database, 'merge green 2021-03');
      await expectAsBefore(loading, before);
      await holder.query('rollback');
      expect(await loading.merge()).toMatchObject({ status: 'loaded', inserted: 2, removed: there.length });
      await finish(loading);
    },
  );

  it.each([
    ['cancelled', { name: 'CancelledFailure' }],
    ['cut off from the database', { nonRetryable: false, type: 'error' }],
  ])('leaves nothing when it is %s before the ledger is written', async (how, failure) => {
    const { loading, before } = await begin();
    const holder = await somebody();
    await holder.query('lock table fareflow.loads in share mode');
    const environment = loading.environment();
    const failed = expect(loading.merge(environment)).rejects.toMatchObject(failure);
    await waits();
    if (how === 'cancelled') environment.cancel();
    else await killBackends(database, 'merge green 2021-03');
    await failed;
    await expectAsBefore(loading, before);
    await holder.query('rollback');
    expect(await loading.merge()).toMatchObject({ status: 'loaded', inserted: 2, removed: there.length });
    await finish(loading);
  });
});

describe('a new month while somebody reads the default partition', () => {
  it('yields soon, so that other readers go on, and is attached once the reader is done', async () => {
    const loading = await stageFile(database, file);
    const reader = await somebody();
    await reader.query('select count(*) from green_tripdata');
    const begun = Date.now();
    const failed = expect(loading.merge()).rejects.toMatchObject({
      nonRetryable: false,
      message: 'green 2021-03: canceling statement due to lock timeout',
    });
    await waits();
    const other = await connect(database.url);
    sessions.push(other);
    const { rows: counted } = await other.query<{ count: string }>('select count(*) from green_tripdata');
    expect(counted).toEqual([{ count: '0' }]);
    expect(Date.now() - begun).toBeLessThan(8_000);
    await failed;
    await reader.query('commit');
    expect(await loading.merge()).toMatchObject({ status: 'loaded', inserted: 2 });
    await finish(loading);
    expect(await greenRows(database)).toHaveLength(2);
  });
});
