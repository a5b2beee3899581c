import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { generateTrips, type TripFileOptions } from '../../src/mirror/index.ts';
import { census, keyOf, rowsOf, textOf } from './read-trips.ts';

const METER_COLUMNS = ['vendorid', 'store_and_fwd_flag', 'ratecodeid', 'passenger_count', 'payment_type'];

function sha256Of(options: TripFileOptions): string {
  return createHash('sha256').update(textOf(options)).digest('hex');
}

describe('the form of a generated file', () => {
  it('begins with the header of yellow files', () => {
    expect(textOf({ dataset: 'yellow', month: '2021-03', rows: 1 }).split('\r\n')[0]).toBe(
      'VendorID,tpep_pickup_datetime,tpep_dropoff_datetime,passenger_count,trip_distance,RatecodeID,store_and_fwd_flag,PULocationID,DOLocationID,payment_type,fare_amount,extra,mta_tax,tip_amount,tolls_amount,improvement_surcharge,total_amount,congestion_surcharge',
    );
  });

  it('begins with the header of green files, which is another order', () => {
    expect(textOf({ dataset: 'green', month: '2021-03', rows: 1 }).split('\r\n')[0]).toBe(
      'VendorID,lpep_pickup_datetime,lpep_dropoff_datetime,store_and_fwd_flag,RatecodeID,PULocationID,DOLocationID,passenger_count,trip_distance,fare_amount,extra,mta_tax,tip_amount,tolls_amount,ehail_fee,improvement_surcharge,total_amount,payment_type,trip_type,congestion_surcharge',
    );
  });

  it('ends every line, the last one too, with CRLF', () => {
    const text = textOf({ dataset: 'green', month: '2021-03', rows: 100 });
    expect(text.endsWith('\r\n')).toBe(true);
    expect(text.match(/\r\n/g)).toHaveLength(101);
    expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
  });

  it('holds a header alone when no rows are asked for', () => {
    expect(rowsOf({ dataset: 'yellow', month: '2021-03', rows: 0 })).toEqual([]);
  });

  it('writes distances with two decimals and no zero before the point', () => {
    const distances = rowsOf({ dataset: 'yellow', month: '2021-03', rows: 5_000 }).map(
      (row) => row['trip_distance'],
    );
    for (const distance of distances) expect(distance).toMatch(/^([1-9]\d*)?\.\d\d$/);
    expect(distances).toEqual(expect.arrayContaining(['.00', '.50', '1.00', '1.80']));
  });

  it('writes amounts without closing zeros, the total being their sum', () => {
    for (const dataset of ['yellow', 'green'] as const) {
      for (const row of rowsOf({ dataset, month: '2021-03', rows: 5_000, keyTwins: 50, refundPairs: 50 })) {
        const amounts = ['fare_amount', 'extra', 'mta_tax', 'tip_amount', 'tolls_amount']
          .concat('improvement_surcharge', 'congestion_surcharge', 'total_amount')
          .map((name) => row[name] ?? '');
        for (const amount of amounts) expect(amount).toMatch(/^(-?(0|[1-9]\d*)(\.\d?[1-9])?)?$/);
        const cents = amounts.map((amount) => Math.round(Number(amount) * 100));
        expect(cents.slice(0, -1).reduce((a, b) => a + b)).toBe(cents.at(-1));
      }
    }
  });

  it('writes dropoffs at or after their pickups, on days that exist', () => {
    for (const row of rowsOf({ dataset: 'green', month: '2020-02', rows: 5_000, outsideMonth: 20 })) {
      for (const name of ['pickup_datetime', 'dropoff_datetime']) {
        const time = row[name] ?? '';
        expect(new Date(`${time.replace(' ', 'T')}Z`).toISOString().slice(0, 19)).toBe(
          time.replace(' ', 'T'),
        );
      }
      expect((row['dropoff_datetime'] ?? '') >= (row['pickup_datetime'] ?? '')).toBe(true);
    }
  });
});

describe('the counts of a generated file', () => {
  it.each([
    { dataset: 'yellow', rows: 20_000, nullTail: 1_000, refundPairs: 57, outsideMonth: 2 },
    { dataset: 'green', rows: 20_000, nullTail: 6_000, refundPairs: 42, outsideMonth: 1 },
  ] as const)('has the shares of real $dataset files by default', ({ dataset, ...expected }) => {
    expect(census(rowsOf({ dataset, month: '2021-03', rows: 20_000 }), '2021-03')).toEqual({
      ...expected,
      negativeFares: expected.refundPairs,
      exactDuplicates: 0,
      keyTwins: 0,
    });
  });

  it.each([
    {
      rows: 10_000,
      outsideMonth: 137,
      keyTwins: 211,
      exactDuplicates: 173,
      refundPairs: 89,
      nullTail: 1_999,
    },
    { rows: 1_000, outsideMonth: 0, keyTwins: 1, exactDuplicates: 0, refundPairs: 0, nullTail: 0 },
    { rows: 1_000, outsideMonth: 0, keyTwins: 0, exactDuplicates: 1, refundPairs: 400, nullTail: 7 },
    { rows: 1_000, outsideMonth: 3, keyTwins: 500, exactDuplicates: 490, refundPairs: 1, nullTail: 0 },
    { rows: 1_000, outsideMonth: 990, keyTwins: 4, exactDuplicates: 3, refundPairs: 1, nullTail: 0 },
    { rows: 1_000, outsideMonth: 1_000, keyTwins: 0, exactDuplicates: 0, refundPairs: 0, nullTail: 0 },
    { rows: 1_000, outsideMonth: 0, keyTwins: 0, exactDuplicates: 0, refundPairs: 0, nullTail: 1_000 },
  ])('is exactly what was asked for, case %#', (counts) => {
    for (const dataset of ['yellow', 'green'] as const) {
      for (const month of ['2021-03', '2009-01', '2008-12', '2041-08']) {
        const layout = '2019 and later';
        const found = census(rowsOf({ dataset, month, layout, ...counts }), month);
        expect(found).toEqual({ ...counts, negativeFares: counts.refundPairs });
      }
    }
  });

  it('repeats no key in a file so large that many trips share a second', () => {
    const month = '2021-02';
    const rows = rowsOf({ dataset: 'yellow', month, rows: 120_000, nullTail: 50_000, outsideMonth: 500 });
    expect(census(rows, month)).toMatchObject({ exactDuplicates: 0, keyTwins: 0, outsideMonth: 500 });
    expect(new Set(rows.map((row) => row['pickup_datetime'])).size).toBeLessThan(105_000);
  });

  it('puts surplus rows behind the row that they repeat', () => {
    const rows = rowsOf({ dataset: 'green', month: '2021-03', rows: 2_000, keyTwins: 20, nullTail: 0 });
    const first = new Map<string, number>();
    const distances: number[] = [];
    rows.forEach((row, i) => {
      const earlier = first.get(keyOf(row));
      if (earlier === undefined) first.set(keyOf(row), i);
      else distances.push(i - earlier);
    });
    expect(distances).toHaveLength(20);
    expect(Math.max(...distances)).toBeGreaterThan(500);
  });

  it('ends with the rows of which the meter reported nothing, on whole minutes', () => {
    for (const dataset of ['yellow', 'green'] as const) {
      const columns = [
        ...METER_COLUMNS,
        'congestion_surcharge',
        ...(dataset === 'green' ? ['trip_type'] : []),
      ];
      const rows = rowsOf({ dataset, month: '2021-03', rows: 1_000, nullTail: 300 });
      for (const [i, row] of rows.entries()) {
        for (const column of columns) expect(row[column] === '').toBe(i >= 700);
        if (i >= 700) expect(`${row['pickup_datetime']}${row['dropoff_datetime']}`).toMatch(/:00.*:00$/);
      }
    }
  });

  it('strays from the month by a day and by decades', () => {
    const rows = rowsOf({ dataset: 'green', month: '2021-03', rows: 100, nullTail: 0, outsideMonth: 10 });
    const days = new Set(rows.map((row) => row['pickup_datetime']?.slice(0, 10)));
    for (const day of ['2008-12-31', '2009-01-01', '2041-08-17', '2021-02-28', '2021-04-01']) {
      expect(days).toContain(day);
    }
  });
});

describe('the seed of a generated file', () => {
  const small = { month: '2021-03', rows: 500, keyTwins: 3, exactDuplicates: 2, outsideMonth: 4 } as const;

  it('decides every byte, on every machine and in every version', () => {
    expect(sha256Of({ dataset: 'yellow', ...small })).toBe(
      '4af1e8f94ebfa362670efcbbc969347e3a82e19cba516fe3b8133a13b1a1a316',
    );
    expect(sha256Of({ dataset: 'green', ...small })).toBe(
      '061ae512d53176e2e104b66df0854ccd137f5c2d7469a6037b5a80034cd813db',
    );
  });

  it('is 1 by default, and another seed is another file', () => {
    expect(sha256Of({ dataset: 'green', ...small, seed: 1 })).toBe(sha256Of({ dataset: 'green', ...small }));
    expect(sha256Of({ dataset: 'green', ...small, seed: 2 })).not.toBe(
      sha256Of({ dataset: 'green', ...small }),
    );
  });

  it('shares no trip between months', () => {
    const keys = (month: string) => rowsOf({ dataset: 'green', ...small, month }).map((row) => keyOf(row));
    const march = new Set(keys('2021-03'));
    expect(keys('2021-04').filter((key) => march.has(key))).toEqual([]);
  });
});

describe('options that no file can satisfy', () => {
  const file = { dataset: 'green', month: '2021-03', rows: 10 } as const;

  it.each([
    ['more special rows than rows', { ...file, refundPairs: 4, keyTwins: 3 }, /10 rows cannot hold the 11/],
    ['duplicates of nothing', { ...file, nullTail: 8, exactDuplicates: 2 }, /need a metered row/],
    ['half a row', { ...file, rows: 1.5 }, /rows is 1.5/],
    ['a negative count', { ...file, nullTail: -1 }, /nullTail is -1/],
    ['no month', { ...file, month: '2021-13' }, /2021-13 is not a month/],
  ])('are refused before the first byte: %s', (_, options, message) => {
    expect(() => generateTrips(options)).toThrow(message);
  });
});
