import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import { useDatabase } from '../support/database.ts';
import { file, status, useFaultyServer } from '../support/faulty-server.ts';
import { emptyGreen, greenRows } from '../support/tables.ts';
import { greenCsv, greenTrip } from '../support/trip-csv.ts';
import { useVerifying } from './verifying.ts';

const database = useDatabase();
const verifying = useVerifying(database);
beforeEach(() => emptyGreen(database));

const MONTH = '2021-03';
const one = greenTrip('2021-03-01 10:00:00');
const two = greenTrip('2021-03-02 10:00:00', {
  fare_amount: 0.1 + 0.2,
  VendorID: null,
  store_and_fwd_flag: null,
});
const three = greenTrip('2021-03-03 10:00:00', {
  fare_amount: '-.50',
  trip_distance: '141874.71',
  tip_amount: '1e-7',
});
const inJanuary = greenTrip('2021-01-20 10:00:00');
const future = greenTrip('2041-08-17 10:00:00');

describe('a month whose table holds what its file says', () => {
  it('is equal, every kind of row and its identity', async () => {
    const twin = { ...one, total_amount: 20, congestion_surcharge: null };
    await verifying.load(MONTH, greenCsv([one, one, twin, two, three, inJanuary, future]));
    expect(await verifying.verify(MONTH)).toEqual({
      dataset: 'green',
      month: MONTH,
      equal: true,
      loadId: expect.any(Number) as number,
      source: 'csv',
      sourceUrl: expect.stringMatching(/^file:.*green_2021-03.csv.gz$/) as string,
      isLoadedFile: true,
      rowsInFile: 7,
      badRows: 0,
      rejectedRows: 0,
      duplicates: 1,
      rowsInTable: 6,
      matching: 6,
      onlyInFile: 0,
      onlyInTable: 0,
      identities: { onlyInFile: 0, onlyInTable: 0 },
      differences: [],
    });
  });

  it('is equal without a row', async () => {
    await verifying.load(MONTH, greenCsv([]));
    expect(await verifying.verify(MONTH)).toMatchObject({ equal: true, rowsInFile: 0, rowsInTable: 0 });
  });

  it('may share rows with other months, and hold rows of their files', async () => {
    await verifying.load('2021-01', greenCsv([inJanuary, one, future]));
    await verifying.load(MONTH, greenCsv([one, two, inJanuary]));
    expect(await verifying.verify(MONTH)).toMatchObject({ equal: true, rowsInFile: 3, matching: 3 });
    expect(await verifying.verify('2021-01')).toMatchObject({ equal: true, rowsInFile: 3, matching: 3 });
  });
});

it('a month may have its times as Americans write them', async () => {
  const csv = greenCsv([greenTrip('3/1/2021 9:05'), greenTrip('03/31/2021 11:59:30 PM')]);
  await verifying.load(MONTH, csv);
  expect((await greenRows(database)).map(({ pickup }) => pickup)).toEqual([
    '2021-03-01 09:05:00',
    '2021-03-31 23:59:30',
  ]);
  expect(await verifying.verify(MONTH)).toMatchObject({ equal: true, matching: 2, badRows: 0 });
});

describe('a source that fails', () => {
  const server = useFaultyServer();
  const verify = () => {
    const url = server.url('green.csv.gz').href;
    const limits = { allowedHosts: [server.host], maxUnpackedBytes: 1 << 20 };
    return verifying.verify(MONTH, { url }, { csvUrl: undefined, ...limits });
  };
  const csv = greenCsv([one]);
  beforeEach(() => verifying.load(MONTH, csv));

  it('is asked again', async () => {
    server.script(status(503), file(gzipSync(csv)));
    expect(await verify()).toMatchObject({ equal: true, matching: 1 });
    expect(server.requests).toHaveLength(2);
  });

  it.each([
    ['does not want to be asked', status(401), 'answered with HTTP status 401'],
    ['wants to be left alone for long', status(429, { 'retry-after': '3600' }), 'HTTP status 429'],
    ['has none at all', status(404), 'there is no file at'],
    [
      'has one that is too large',
      file(gzipSync(Buffer.alloc(1 << 21))),
      'unpacks to more than 1048576 bytes',
    ],
  ])('is not asked again if it %s', async (_, reply, message) => {
    server.script(reply);
    await expect(verify()).rejects.toThrow(message);
    expect(server.requests).toHaveLength(1);
  });
});

describe('a table that differs', () => {
  beforeEach(() => verifying.load(MONTH, greenCsv([one, two, three])));

  it('lacks a row that was deleted', async () => {
    await database.query(`delete from green_tripdata where lpep_pickup_datetime = '2021-03-02 10:00:00'`);
    const found = await verifying.verify(MONTH);
    expect(found).toMatchObject({
      equal: false,
      rowsInFile: 3,
      rowsInTable: 2,
      matching: 2,
      onlyInFile: 1,
      onlyInTable: 0,
      identities: { onlyInFile: 1, onlyInTable: 0 },
    });
    expect(found.differences).toMatchObject([
      { where: 'file', rows: 1, row: { lpep_pickup_datetime: '2021-03-02 10:00:00', vendorid: null } },
    ]);
  });

  it('has a row whose value was changed', async () => {
    await database.query(
      `update green_tripdata set tip_amount = 9 where lpep_pickup_datetime = '2021-03-01 10:00:00'`,
    );
    const found = await verifying.verify(MONTH);
    expect(found).toMatchObject({
      equal: false,
      matching: 2,
      onlyInFile: 1,
      onlyInTable: 1,
      identities: { onlyInFile: 0, onlyInTable: 0 },
    });
    expect(found.differences.map(({ where, row }) => [where, row['tip_amount']])).toEqual([
      ['file', '0.0'],
      ['table', '9.0'],
    ]);
  });

  it('has a row more, whoever put it there', async () => {
    await database.query(
      `insert into green_tripdata (unique_row_id, load_id, created_at, updated_at, lpep_pickup_datetime)
       values (sha256('stray'), 0, now(), now(), '2021-03-09 10:00:00')`,
    );
    expect(await verifying.verify(MONTH)).toMatchObject({
      equal: false,
      rowsInTable: 4,
      matching: 3,
      onlyInFile: 0,
      onlyInTable: 1,
      identities: { onlyInFile: 0, onlyInTable: 1 },
    });
  });

  it('has an identity that its key does not give, although all values are the same', async () => {
    await database.query(
      `update green_tripdata set unique_row_id = sha256('x') where lpep_pickup_datetime = '2021-03-01 10:00:00'`,
    );
    expect(await verifying.verify(MONTH)).toMatchObject({
      equal: false,
      matching: 3,
      onlyInFile: 0,
      onlyInTable: 0,
      differences: [],
      identities: { onlyInFile: 1, onlyInTable: 1 },
    });
  });

  it('still has the rows that a later file no longer had', async () => {
    await verifying.load(MONTH, greenCsv([two, three]));
    expect(await verifying.verify(MONTH)).toMatchObject({ equal: false, onlyInTable: 1 });
    await verifying.load(MONTH, greenCsv([two, three]), { mode: 'replace' });
    expect(await verifying.verify(MONTH)).toMatchObject({ equal: true, rowsInTable: 2 });
  });
});

describe('a file that is not the loaded one', () => {
  it('is compared all the same, and told of', async () => {
    await verifying.load(MONTH, greenCsv([one, two]));
    await verifying.publish(MONTH, greenCsv([two, one]));
    expect(await verifying.verify(MONTH)).toMatchObject({ equal: true, isLoadedFile: false });
  });

  it('has bad rows that the load did not set aside', async () => {
    await verifying.load(MONTH, greenCsv([one]));
    const bad = [
      greenTrip('2021-03-02 10:00:00', { passenger_count: '1.5' }),
      greenTrip('2021-03-02 10:00:00', { fare_amount: 'abc' }),
      greenTrip('2021-13-02 10:00:00'),
      greenTrip('', {}),
    ];
    await verifying.publish(MONTH, `${greenCsv([one, ...bad])}1,2\r\n`);
    expect(await verifying.verify(MONTH)).toMatchObject({
      equal: false,
      rowsInFile: 6,
      badRows: 5,
      rejectedRows: 0,
      matching: 1,
    });
  });

  it('is gone', async () => {
    await verifying.load(MONTH, greenCsv([one]));
    await expect(verifying.verify(MONTH, { url: undefined })).rejects.toThrow(
      /lies outside the directories|there is no file/,
    );
  });
});

it('a month that was never loaded cannot be verified', async () => {
  await expect(verifying.verify('2021-04')).rejects.toThrow(
    'green 2021-04 was never loaded; there is nothing to verify',
  );
});
