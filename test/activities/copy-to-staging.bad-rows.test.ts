import { afterEach, expect, it } from 'vitest';
import { useDatabase } from '../support/database.ts';
import { type LoadingOptions, startLoading } from '../support/loading.ts';
import { stagingTables } from '../support/tables.ts';
import { greenCsv, greenTrip, type TripRow } from '../support/trip-csv.ts';

const database = useDatabase();
afterEach(async () => expect(await stagingTables(database)).toEqual([]));

/** Copies a file; the answer is how that failed. */
async function failureOf(csv: string | Buffer, options: Partial<LoadingOptions> = {}): Promise<unknown> {
  const loading = await startLoading(database, { dataset: 'green', month: '2021-03', csv, ...options });
  try {
    await loading.copy();
  } catch (error) {
    return error;
  } finally {
    await loading.close();
  }
  throw new Error('it was copied');
}

const badRow = (message: string, place: { line: number; column: string | null; value?: string }) => ({
  type: 'BadRow',
  nonRetryable: true,
  message: expect.stringContaining(`green 2021-03: green_tripdata_2021-03.csv.gz, ${message}`) as string,
  details: [expect.objectContaining(place)],
});

const good = greenTrip('2021-03-01 10:00:00');
const lines = (...rows: string[]) => greenCsv([good]) + rows.map((row) => `${row}\r\n`).join('');

it('names file, line, column and value', async () => {
  const csv = greenCsv([good, good, { ...good, fare_amount: 'twelve' }, good]);
  expect(await failureOf(csv)).toMatchObject(
    badRow(
      'line 4, column fare_amount: invalid input syntax for type double precision: "twelve" in "twelve"; the table is untouched',
      { line: 4, column: 'fare_amount', value: '"twelve"' },
    ),
  );
});

it.each<[string, TripRow, string]>([
  ['a number too large', { PULocationID: '99999999999' }, 'pulocationid'],
  ['a number with a fraction where none may be', { passenger_count: '1.0' }, 'passenger_count'],
  ['a date that does not exist', { lpep_dropoff_datetime: '2021-02-30 00:00:00' }, 'lpep_dropoff_datetime'],
  ['a month that does not exist', { lpep_pickup_datetime: '2021-13-01 00:00:00' }, 'lpep_pickup_datetime'],
  ['a quoted nothing', { payment_type: '""' }, 'payment_type'],
])('refuses %s', async (_, differing, column) => {
  const csv = greenCsv([good, { ...good, ...differing }]);
  expect(await failureOf(csv)).toMatchObject(badRow(`line 3, column ${column}: `, { line: 3, column }));
});

it('refuses a row without pickup, which belongs to no month', async () => {
  const csv = greenCsv([good, { ...good, lpep_pickup_datetime: null }]);
  expect(await failureOf(csv)).toMatchObject(
    badRow('line 3, column lpep_pickup_datetime: null value in column "lpep_pickup_datetime"', {
      line: 3,
      column: 'lpep_pickup_datetime',
    }),
  );
});

it('refuses a row with too few fields', async () => {
  expect(await failureOf(lines('2,2021-03-01 10:00:00'))).toMatchObject(
    badRow('line 3: missing data for column "lpep_dropoff_datetime" in the row "2,2021-03-01 10:00:00"', {
      line: 3,
      column: null,
    }),
  );
});

it('refuses a row with too many fields', async () => {
  const [, row = ''] = greenCsv([good]).split('\r\n');
  expect(await failureOf(lines(`${row},surplus`))).toMatchObject(
    badRow('line 3: extra data after last expected column in the row ', { line: 3, column: null }),
  );
});

it('refuses an empty line, which is a row without its fields', async () => {
  expect(await failureOf(lines('', ''))).toMatchObject({ type: 'BadRow', message: /line 3/ });
});

it('refuses a row that PostgreSQL before 18 takes for the end of the data', async () => {
  expect(await failureOf(lines('\\.', 'surplus'))).toMatchObject(
    badRow('line 3, column vendorid: invalid input syntax for type integer', {
      line: 3,
      column: 'vendorid',
    }),
  );
});

it('refuses a quote that nothing ends, and shows the row in which it begins', async () => {
  const csv = greenCsv([good, { ...good, store_and_fwd_flag: '"N' }, good, good]);
  expect(await failureOf(csv)).toMatchObject({
    type: 'BadRow',
    message: expect.stringMatching(
      /unterminated CSV quoted field in the row "2,2021-03-01 10:00:00/,
    ) as string,
  });
});

it('refuses bytes that are no UTF-8', async () => {
  const csv = Buffer.from(greenCsv([good, { ...good, store_and_fwd_flag: '\u00e9' }]), 'latin1');
  expect(await failureOf(csv)).toMatchObject(
    badRow('line 3: invalid byte sequence for encoding "UTF8"', { line: 3, column: null }),
  );
});

it('counts the lines inside of quotes', async () => {
  const long = { ...good, store_and_fwd_flag: '"a\n\nb"' };
  const csv = greenCsv([good, long, { ...good, extra: 'x' }], { eol: '\n' });
  expect(await failureOf(csv)).toMatchObject(badRow('line 6, column extra', { line: 6, column: 'extra' }));
});

it.each([1, 2, 4])(
  'names the first bad row of the file, also over %d connections',
  async (copyConnections) => {
    const long = `"${'x'.repeat(600)}"`;
    const rows = Array.from({ length: 8_000 }, () => ({ ...good, store_and_fwd_flag: long }));
    const bad = (line: number, value: string) =>
      (rows[line - 2] = { ...good, store_and_fwd_flag: long, extra: value } as never);
    for (const line of [2_500, 3_500, 7_000, 7_900]) bad(line, `bad${line}`);
    expect(await failureOf(greenCsv(rows), { copyConnections })).toMatchObject(
      badRow('line 2500, column extra: invalid input syntax for type double precision: "bad2500"', {
        line: 2_500,
        column: 'extra',
      }),
    );
  },
);
