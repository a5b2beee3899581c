import { afterEach, describe, expect, it } from 'vitest';
import type { CopyInput } from '../../src/activities/steps.ts';
import { useDatabase } from '../support/database.ts';
import { useGates } from '../support/gates.ts';
import { finish, type Loading, startLoading } from '../support/loading.ts';
import { greenQuery, parquetOf, type ParquetTrip } from '../support/parquet.ts';
import { stagingTables, stepIsOver } from '../support/tables.ts';

const database = useDatabase();
const gates = useGates(database);
const loadings: Loading[] = [];

afterEach(async () => {
  for (const loading of loadings.splice(0)) await finish(loading);
  expect(await stagingTables(database)).toEqual([]);
});

async function start(
  parquet: Buffer | Promise<Buffer>,
  copy: Pick<CopyInput, 'onBadRow' | 'maxBadRows' | 'onNewColumn'> = {},
  copyConnections = 2,
): Promise<Loading> {
  const options = { dataset: 'green', month: '2021-03', copyConnections };
  const loading = await startLoading(database, { ...options, parquet: await parquet, rules: copy });
  loadings.push(loading);
  return loading;
}

/** So many green trips, some of them different. */
const many = (rows: number, differing: string) =>
  parquetOf(
    `select * replace (${differing}) from (${greenQuery([{}])}) cross join (select unnest(range(1, ${rows + 1})) as n)`,
  );

const expectFailure = async (loading: Loading, type: string, message: RegExp) => {
  await expect(loading.copy()).rejects.toMatchObject({
    type,
    nonRetryable: true,
    message: expect.stringMatching(message) as string,
  });
  expect(await stagingTables(database)).toEqual([]);
};

describe('a Parquet file', () => {
  it('may have its columns in any order', async () => {
    const columns = 'select * replace (extra as extra) from';
    const turned = `select congestion_surcharge, * exclude (congestion_surcharge) from (${greenQuery([{ congestion_surcharge: 2.75 }])})`;
    const loading = await start(parquetOf(`${columns} (${turned})`));
    const { loadId } = await loading.copy();
    const rows = await database.query(
      `select vendorid, passenger_count, congestion_surcharge, lpep_pickup_datetime::text as pickup, load_id
       from fareflow_staging.green_2021_03_l${loadId}`,
    );
    expect(rows).toEqual([
      {
        vendorid: 2,
        passenger_count: 1,
        congestion_surcharge: 2.75,
        pickup: '2021-03-01 10:00:00',
        load_id: loadId,
      },
    ]);
  });

  it('may hold no row', async () => {
    const loading = await start(parquetOf(`${greenQuery([{}])} limit 0`));
    expect(await loading.copy()).toMatchObject({ rowsCopied: 0, rejected: 0 });
  });

  it('is copied whole whatever the number of connections and row groups', async () => {
    const file = await parquetOf(
      `select * from (${greenQuery([{}])}) cross join range(9000)`,
      ', row_group_size 4000',
    );
    for (const connections of [1, 2, 5]) {
      const loading = await start(file, { onNewColumn: 'ignore' }, connections);
      expect(await loading.copy()).toMatchObject({ rowsCopied: 9_000, ignoredColumns: ['range'] });
    }
  });
});

describe('columns that are not the data set’s', () => {
  it('are refused by name and type', async () => {
    const types = { brand_new: 'double', another: 'varchar' };
    const loading = await start(parquetOf(greenQuery([{}], types)));
    await expectFailure(
      loading,
      'SchemaMismatch',
      /^green 2021-03: .*green_tripdata_2021-03\.parquet has the unexpected brand_new \(DOUBLE\), another \(BYTE_ARRAY\/UTF8\)/,
    );
  });

  it('are reported and left out if that is wanted', async () => {
    const loading = await start(parquetOf(greenQuery([{}], { brand_new: 'double' })), {
      onNewColumn: 'ignore',
    });
    expect(await loading.copy()).toMatchObject({ rowsCopied: 1, ignoredColumns: ['brand_new'] });
  });

  it('are refused by name if one is missing', async () => {
    const loading = await start(parquetOf(greenQuery([{}], {}, ['fare_amount'])));
    await expectFailure(loading, 'SchemaMismatch', / lacks fare_amount/);
  });

  it('are refused by name and type if their values are of another kind', async () => {
    const trip = { VendorID: { sql: "{'a': 1}" } };
    const loading = await start(parquetOf(greenQuery([trip], { VendorID: 'struct(a integer)' })));
    await expectFailure(
      loading,
      'SchemaMismatch',
      /VendorID \(STRUCT\(a INTEGER\)\) cannot fill vendorid, which is integer; the table is untouched/,
    );
  });
});

describe('rows that do not fit', () => {
  const trips: ParquetTrip[] = [
    {},
    { passenger_count: 1.5, lpep_pickup_datetime: null },
    { lpep_pickup_datetime: null },
    { PULocationID: 99_999_999_999 },
    { lpep_dropoff_datetime: '3019-02-03 17:30:00', fare_amount: 'nan' },
  ];

  it('fail the load with the row, column, value and reason of the first, and their number', async () => {
    const loading = await start(parquetOf(greenQuery(trips)));
    await expect(loading.copy()).rejects.toMatchObject({
      type: 'BadRow',
      message: expect.stringMatching(
        /^green 2021-03: green_tripdata_2021-03\.parquet, row 2, column lpep_pickup_datetime: .* \(the first of 3 bad rows/,
      ) as string,
      details: [expect.objectContaining({ line: 2, column: 'lpep_pickup_datetime', value: null })],
    });
  });

  it.each([1, 2, 4])('are named from the first on, also over %d connections', async (connections) => {
    const bad = '(case when n in (5000, 7000, 19000) then n + 0.5 else 1 end)::double as passenger_count';
    const loading = await start(many(20_000, bad), { onNewColumn: 'ignore' }, connections);
    await expectFailure(loading, 'BadRow', /row 5000, column passenger_count: 5000\.5 is not .* 3 bad rows/);
  });

  it('are set aside as they stand in the file if that is wanted, and the rest is loaded', async () => {
    const loading = await start(parquetOf(greenQuery(trips)), { onBadRow: 'quarantine' });
    const copied = await loading.copy();
    expect(copied).toMatchObject({ rowsCopied: 2, rejected: 3 });
    const rejected = await database.query<{ raw: string }>(
      `select line, column_name, reason, raw from fareflow_staging.green_2021_03_l${copied.loadId}_rejected order by line`,
    );
    expect(rejected).toMatchObject([
      { line: 2, column_name: 'lpep_pickup_datetime', reason: expect.stringContaining('no value') as string },
      { line: 3, column_name: 'lpep_pickup_datetime' },
      { line: 4, column_name: 'pulocationid', reason: '99999999999 is out of the range of integer' },
    ]);
    expect(JSON.parse(rejected[2]?.raw ?? '')).toMatchObject({
      VendorID: 2,
      lpep_pickup_datetime: '2021-03-01 10:00:00',
      PULocationID: 99_999_999_999,
      store_and_fwd_flag: 'N',
      ehail_fee: null,
    });
    await database.query(`drop table fareflow_staging.green_2021_03_l${copied.loadId}_rejected`);
  });

  it.each([
    [2, /3 of 5 rows are bad, and --max-bad-rows allows 2; they begin with row 2, /],
    ['50%', /3 of 5 rows are bad, and --max-bad-rows allows 50%/],
  ])('fail the load beyond the limit %s, and nothing stays', async (maxBadRows, message) => {
    const loading = await start(parquetOf(greenQuery(trips)), { onBadRow: 'quarantine', maxBadRows });
    await expectFailure(loading, 'BadRow', message);
  });

  it('may be as many as the limit', async () => {
    const loading = await start(parquetOf(greenQuery(trips)), { onBadRow: 'quarantine', maxBadRows: '60%' });
    const { loadId, rejected } = await loading.copy();
    expect(rejected).toBe(3);
    await database.query(`drop table fareflow_staging.green_2021_03_l${loadId}_rejected`);
  });

  it('leave no table behind if the rest cannot be loaded', async () => {
    const loading = await start(parquetOf(greenQuery(trips)), { onBadRow: 'quarantine' });
    const gate = await gates.close('row');
    const environment = loading.environment();
    const copy = loading.copy(environment);
    await gate.reached();
    environment.cancel();
    await expect(copy).rejects.toMatchObject({ name: 'CancelledFailure' });
    expect(await stagingTables(database)).toEqual([]);
  });
});

describe('a broken Parquet file', () => {
  const file = many(60_000, 'n * 1.37 as fare_amount');
  const advice = /^green 2021-03: .*the file at the source is broken/;

  it('is refused if it lacks its footer', async () => {
    await expectFailure(await start((await file).subarray(0, -200)), 'SourceCorrupt', advice);
  });

  it('is refused if its pages are damaged', async () => {
    const damaged = Buffer.from(await file);
    damaged.fill(0x5a, damaged.length >> 2, damaged.length >> 1);
    await expectFailure(await start(damaged, { onNewColumn: 'ignore' }), 'SourceCorrupt', advice);
  });

  it('is refused if its footer counts other rows than it has', async () => {
    const lying = Buffer.from(await file);
    // The footer's first fields: version 1, and behind the schema the number of rows as a zigzag varint.
    const varint = Buffer.from([0xc0, 0xa9, 0x07]);
    const at = lying.lastIndexOf(Buffer.concat([Buffer.from([0x16]), varint, Buffer.from([0x19])]));
    expect(at).toBeGreaterThan(0);
    lying[at + 1] = 0xc2;
    await expectFailure(
      await start(lying, { onNewColumn: 'ignore' }),
      'SourceCorrupt',
      /has 60000 rows, although its footer says 60001/,
    );
  });
});

describe('a copy from Parquet that is cancelled', () => {
  it('ends in PostgreSQL too and takes its table with it', async () => {
    const gate = await gates.close('row');
    const loading = await start(parquetOf(greenQuery([{}])));
    const environment = loading.environment();
    const copy = loading.copy(environment);
    await gate.reached();
    environment.cancel();
    await expect(copy).rejects.toMatchObject({ name: 'CancelledFailure' });
    expect(await stagingTables(database)).toEqual([]);
    await stepIsOver(database, 'copy green 2021-03');
  });

  it('ends while the file streams', async () => {
    const loading = await start(many(200_000, 'n as fare_amount'), { onNewColumn: 'ignore' });
    const environment = loading.environment();
    const beats: unknown[] = [];
    environment.on('heartbeat', (progress) => {
      // On a slow machine a sign of life may come before the first progress.
      if (progress === undefined) return;
      beats.push(progress);
      environment.cancel();
    });
    await expect(loading.copy(environment)).rejects.toMatchObject({ name: 'CancelledFailure' });
    expect(beats[0]).toMatchObject({ step: 'copy', totalBytes: loading.file.bytes });
    expect(await stagingTables(database)).toEqual([]);
    await stepIsOver(database, 'copy green 2021-03');
  });
});
