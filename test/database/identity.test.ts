import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { getColumn } from '../../src/database/columns.ts';
import { identityExpression } from '../../src/database/identity.ts';
import { ident } from '../../src/database/sql.ts';
import { datasets, type Dataset } from '../../src/datasets/index.ts';
import { fhv } from '../../src/datasets/fhv.ts';
import { fhvhv } from '../../src/datasets/fhvhv.ts';
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

/** The identity of a row of a data set: of its key and former key, those left out being NULL. */
async function identityIn(
  dataset: Dataset,
  values: Readonly<Record<string, unknown>>,
  occurrence?: string,
): Promise<string> {
  const names = [...dataset.naturalKey, ...(dataset.formerKey ?? [])];
  const columns = names.map((name, i) => `$${i + 1}::${getColumn(dataset, name).type} as ${ident(name)}`);
  const [row] = await database.query<{ id: Buffer }>(
    `select ${identityExpression(dataset, occurrence)} as id from (select ${columns.join(', ')}) r`,
    names.map((name) => values[name] ?? null),
  );
  return row?.id.toString('hex') ?? '';
}

async function identityOf(
  differing: Partial<Key> & Record<string, unknown> = {},
  occurrence?: string,
): Promise<string> {
  return identityIn(green, { ...key, ...differing }, occurrence);
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
     74 as pulocationid, 168 as dolocationid, 0.1::float8 as fare_amount, null::float8 as trip_distance,
     -73.9::float8 as pickup_longitude, 40.7::float8 as pickup_latitude, null::float8 as dropoff_longitude,
     null::float8 as dropoff_latitude) r`;
  const before = await client.query(sql);
  await client.query(
    "set time zone 'Asia/Kathmandu'; set datestyle = 'german, dmy'; set extra_float_digits = 0; set bytea_output = 'escape'",
  );
  expect((await client.query(sql)).rows).toEqual(before.rows);
  client.release(true);
});

it.each(datasets)('can be computed while rows of $name are copied', async (dataset) => {
  const columns = dataset.columns.map(({ name, type }) => `${ident(name)} ${type}`);
  // Only an immutable expression is taken for a generated column.
  await database.query(
    `create table made_${dataset.name} (${columns.join(', ')}, id bytea generated always as (${identityExpression(dataset)}) stored)`,
  );
});

describe('the former key', () => {
  const place = {
    pickup_longitude: -73.9,
    pickup_latitude: 40.7,
    dropoff_longitude: -73.8,
    dropoff_latitude: 40.8,
  };

  it('says nothing in rows that have none of it', async () => {
    const withoutFormerKey = { ...yellow, formerKey: [] };
    const row = { vendorid: 1, tpep_pickup_datetime: '2021-03-05 10:00:00', fare_amount: 8.5 };
    expect(await identityIn(yellow, row)).toBe(await identityIn(withoutFormerKey, row));
    expect(await identityIn(yellow, row, '1::bigint')).toBe(
      await identityIn(withoutFormerKey, row, '1::bigint'),
    );
  });

  it('tells rows apart that differ in any of it', async () => {
    const row = { tpep_pickup_datetime: '2009-03-05 10:00:00', vendor_name: 'VTS', ...place };
    const ids = await Promise.all(
      [
        {},
        ...Object.keys(place).flatMap((name) => [{ [name]: null }, { [name]: 0 }]),
        ...[null, '', 'CMT', 'VTS ', 'vts'].map((vendor_name) => ({ vendor_name })),
        Object.fromEntries(Object.keys(place).map((name) => [name, null])),
      ].map((differing) => identityIn(yellow, { ...row, ...differing })),
    );
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('is not taken for an occurrence', async () => {
    const only = { ...green, formerKey: ['ehail_fee'] };
    const ids = await Promise.all([
      identityIn(only, key as never),
      identityIn(only, { ...key, ehail_fee: 1 }),
      ...[1, 2].map((n) => identityIn(only, key as never, `${n}::bigint`)),
      ...[1, 2].map((n) => identityIn(only, { ...key, ehail_fee: 1 }, `${n}::bigint`)),
    ]);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('a key with texts', () => {
  const row = { dispatching_base_num: 'B00013', pickup_datetime: '2015-01-01 00:30:00' };

  it('is the SHA-256 of their lengths and bytes, whatever these are', async () => {
    for (const text of ['B00013', '', ' ', '\\', '\\x41', '\\101', 'Bäse 東京 \u{1f695}', "'", '\n']) {
      const bytes = Buffer.from(text);
      const length = Buffer.alloc(4);
      length.writeInt32BE(bytes.length);
      const time = Buffer.alloc(8);
      time.writeBigInt64BE(
        BigInt(Date.parse('2015-01-01T00:30:00Z') - Date.parse('2000-01-01T00:00:00Z')) * 1000n,
      );
      const none = [0x8000000000000001n, 0x7fffffffffffffffn, 0x7fffffffffffffffn].map((value) => {
        const eight = Buffer.alloc(8);
        eight.writeBigUInt64BE(value);
        return eight;
      });
      const key = Buffer.concat([length, bytes, time, ...none, Buffer.from('ffffffff', 'hex')]);
      expect(await identityIn(fhv, { ...row, dispatching_base_num: text })).toBe(
        createHash('sha256').update(key).digest('hex'),
      );
    }
  });

  it('tells apart what reads the same one after the other, and texts from none', async () => {
    const ids = await Promise.all(
      [
        ['HV0003', 'B02867'],
        ['HV0003B', '02867'],
        ['HV0003B02867', ''],
        ['HV0003B02867', null],
        ['', 'HV0003B02867'],
        [null, 'HV0003B02867'],
        ['', null],
        [null, ''],
        [null, null],
        ['', ''],
      ].map(([hvfhs_license_num, dispatching_base_num]) =>
        identityIn(fhvhv, { ...row, hvfhs_license_num, dispatching_base_num }),
      ),
    );
    expect(new Set(ids).size).toBe(ids.length);
  });
});

it('tells every bigint from every other and from none', async () => {
  const dataset = { ...fhvhv, naturalKey: ['pickup_datetime', 'trip_time', 'pulocationid'] };
  const values = [null, '0', '-1', '1', '9223372036854775807', '-9223372036854775808'];
  const ids = await Promise.all(values.map((trip_time) => identityIn(dataset, { trip_time })));
  expect(new Set(ids).size).toBe(ids.length);
});

it('refuses a key column that the data set does not have', () => {
  expect(() => identityExpression({ ...yellow, naturalKey: ['nothing'] })).toThrow('has no column nothing');
});
