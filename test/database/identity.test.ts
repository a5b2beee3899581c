import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { identityExpression } from '../../src/database/identity.ts';
import { green } from '../../src/datasets/green.ts';
import { yellow } from '../../src/datasets/yellow.ts';
import { useDatabase } from '../support/database.ts';

const database = useDatabase();

interface Key {
  vendorid: number | null;
  lpep_pickup_datetime: string;
  lpep_dropoff_datetime: string | null;
  pulocationid: number | null;
  dolocationid: number | null;
  fare_amount: number | string | null;
  trip_distance: number | string | null;
}

const key: Key = {
  vendorid: 1,
  lpep_pickup_datetime: '2021-03-05 10:00:00',
  lpep_dropoff_datetime: '2021-03-05 10:10:00',
  pulocationid: 74,
  dolocationid: 168,
  fare_amount: 8.5,
  trip_distance: 1.5,
};

async function identityOf(differing: Partial<Key> = {}, occurrence?: string): Promise<string> {
  const values = { ...key, ...differing };
  const [row] = await database.query<{ id: Buffer }>(
    `select ${identityExpression(green, occurrence)} as id from (select $1::integer as vendorid,
       $2::timestamp as lpep_pickup_datetime, $3::timestamp as lpep_dropoff_datetime, $4::integer as pulocationid,
       $5::integer as dolocationid, $6::double precision as fare_amount, $7::double precision as trip_distance) r`,
    [
      ...[values.vendorid, values.lpep_pickup_datetime, values.lpep_dropoff_datetime, values.pulocationid],
      ...[values.dolocationid, values.fare_amount, values.trip_distance],
    ],
  );
  return row?.id.toString('hex') ?? '';
}

it('is the SHA-256 of the key’s values, eight bytes each, as anybody can compute it', async () => {
  const eight = (write: (buffer: Buffer) => void) => {
    const buffer = Buffer.alloc(8);
    write(buffer);
    return buffer;
  };
  const time = (text: string) => {
    const micros = BigInt(Date.parse(text) - Date.parse('2000-01-01T00:00:00Z')) * 1000n;
    return eight((b) => b.writeBigInt64BE(micros));
  };
  const bytes = Buffer.concat([
    eight((b) => b.writeBigInt64BE(1n)),
    time('2021-03-05T10:00:00Z'),
    time('2021-03-05T10:10:00Z'),
    eight((b) => b.writeBigInt64BE(74n)),
    eight((b) => b.writeBigInt64BE(168n)),
    eight((b) => b.writeDoubleBE(8.5)),
    eight((b) => b.writeDoubleBE(1.5)),
  ]);
  expect(await identityOf()).toBe(createHash('sha256').update(bytes).digest('hex'));
});

it('differs with every one of the key’s values, and with none of them missing', async () => {
  const ids = await Promise.all([
    identityOf(),
    identityOf({ lpep_pickup_datetime: '2021-03-05 10:00:00.000001' }),
    ...[null, 0, -1, 2, 2147483647, -2147483648].map((vendorid) => identityOf({ vendorid })),
    ...[null, '2021-03-05 10:00:00', '2000-01-01 00:00:00', 'infinity', '-infinity'].map((time) =>
      identityOf({ lpep_dropoff_datetime: time }),
    ),
    ...[null, 0, 2147483647].map((pulocationid) => identityOf({ pulocationid })),
    ...[null, 0, 2147483647].map((dolocationid) => identityOf({ dolocationid })),
    ...[null, 0, -8.5, 'NaN', 'Infinity', '-Infinity', 5e-324, 8.500000000000002].map((fare_amount) =>
      identityOf({ fare_amount }),
    ),
    ...[null, 0, 'NaN', -1.5].map((trip_distance) => identityOf({ trip_distance })),
  ]);
  expect(new Set(ids).size).toBe(ids.length);
});

it('is the same for zero and negative zero', async () => {
  expect(await identityOf({ fare_amount: '-0' })).toBe(await identityOf({ fare_amount: 0 }));
  expect(await identityOf({ trip_distance: '-0' })).toBe(await identityOf({ trip_distance: 0 }));
});

it('does not confuse values that read the same one after the other', async () => {
  const ids = await Promise.all([
    identityOf({ pulocationid: 1, dolocationid: 11 }),
    identityOf({ pulocationid: 11, dolocationid: 1 }),
    identityOf({ pulocationid: 111, dolocationid: null }),
    identityOf({ pulocationid: null, dolocationid: 111 }),
    identityOf({ fare_amount: 1.5, trip_distance: 8.5 }),
    identityOf({ fare_amount: null, trip_distance: 8.5 }),
    identityOf({ fare_amount: 8.5, trip_distance: null }),
  ]);
  expect(new Set(ids).size).toBe(ids.length);
});

it('differs with the occurrence, and from a row without one', async () => {
  const ids = [await identityOf(), await identityOf({}, '1::bigint'), await identityOf({}, '2::bigint')];
  expect(new Set(ids).size).toBe(3);
});

it('does not depend on the settings of the session', async () => {
  const client = await database.pool.connect();
  const sql = `select ${identityExpression(green)} as id from (select 1 as vendorid,
     timestamp '2021-03-05 10:00:00' as lpep_pickup_datetime, timestamp '2021-03-05 10:10:00' as lpep_dropoff_datetime,
     74 as pulocationid, 168 as dolocationid, 0.1::float8 as fare_amount, null::float8 as trip_distance) r`;
  const before = await client.query(sql);
  await client.query(
    "set time zone 'Asia/Kathmandu'; set datestyle = 'german, dmy'; set extra_float_digits = 0; set bytea_output = 'escape'",
  );
  expect((await client.query(sql)).rows).toEqual(before.rows);
  client.release(true);
});

it('refuses a key column that it cannot tell apart from others by its bytes', () => {
  const dataset = { ...yellow, naturalKey: ['tpep_pickup_datetime', 'store_and_fwd_flag'] };
  expect(() => identityExpression(dataset)).toThrow('store_and_fwd_flag of yellow is text');
  expect(() => identityExpression({ ...yellow, naturalKey: ['nothing'] })).toThrow('has no column nothing');
});
