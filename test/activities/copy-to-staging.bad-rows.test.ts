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

it('names file, line, column and value, and says what can be done', async () => {
  const csv = greenCsv([good, good, { ...good, fare_amount: 'twelve' }, good]);
  expect(await failureOf(csv)).toMatchObject(
    badRow(
      'line 4, column fare_amount: invalid input syntax for type double precision: "twelve" (the only bad row; --on-bad-row quarantine sets them aside and loads the rest); the table is untouched',
      { line: 4, column: 'fare_amount', value: 'twelve' },
    ),
  );
});

it('says how many there are', async () => {
  const csv = greenCsv([
    good,
    { ...good, extra: 'x' },
    good,
    { ...good, extra: '' },
    { ...good, extra: 'z' },
  ]);
  expect(await failureOf(csv)).toMatchObject({
    message: expect.stringContaining('line 3, column extra: ') as string,
    details: [{ line: 3, column: 'extra', value: 'x', total: 2 }],
  });
});

it.each<[string, TripRow, string, string]>([
  ['a number too large', { PULocationID: '99999999999' }, 'pulocationid', 'out of range for type integer'],
  ['a fraction where none may be', { passenger_count: '1.5' }, 'passenger_count', 'for type integer: "1.5"'],
  [
    'a date that does not exist',
    { lpep_dropoff_datetime: '2021-02-30 00:00:00' },
    'lpep_dropoff_datetime',
    'date/time field value out of range: "2021-02-30 00:00:00"',
  ],
  [
    'a month that does not exist',
    { lpep_pickup_datetime: '2021-13-01 00:00:00' },
    'lpep_pickup_datetime',
    'date/time field value out of range: "2021-13-01 00:00:00"',
  ],
  ['a number of spaces', { payment_type: '  ' }, 'payment_type', 'for type integer: "  "'],
  [
    'no pickup',
    { lpep_pickup_datetime: null },
    'lpep_pickup_datetime',
    'it is empty, so that the row belongs to no month',
  ],
  [
    'a pickup in no month of the calendar',
    { lpep_pickup_datetime: 'infinity' },
    'lpep_pickup_datetime',
    'it lies in no month of the years 1 to 9999 in "infinity"',
  ],
  [
    'a pickup after the year 9999',
    { lpep_pickup_datetime: '12021-03-01 10:00:00' },
    'lpep_pickup_datetime',
    'it lies in no month of the years 1 to 9999 in "12021-03-01 10:00:00"',
  ],
])('refuses a row with %s', async (_, differing, column, reason) => {
  const csv = greenCsv([good, { ...good, ...differing }]);
  const failure = await failureOf(csv);
  expect(failure).toMatchObject(badRow(`line 3, column ${column}: `, { line: 3, column }));
  expect((failure as Error).message).toContain(reason);
});

const [, row = ''] = greenCsv([good]).split('\r\n');

it.each<[string, string | Buffer, string]>([
  ['too few fields', lines('2,2021-03-01 10:00:00'), 'line 3: 2 fields in place of 20 ('],
  ['too many fields', lines(`${row},surplus`), 'line 3: 21 fields in place of 20 ('],
  [
    'what PostgreSQL before 18 takes for the end of the data',
    lines('\\.', row, row),
    'line 3: 1 field in place of 20 (the only bad row;',
  ],
  ['nothing in it', lines('', ''), 'line 3: the line is empty (the first of 2 bad rows;'],
  [
    'a quote that nothing ends, on its own line',
    lines(row.replace(',N,', ',"N,'), row, row),
    'line 3: a quote is opened and not closed (the only bad row;',
  ],
  [
    'bytes that are no UTF-8',
    Buffer.from(lines(row.replace(',N,', ',\u00e9,')), 'latin1'),
    'line 3: its bytes are no UTF-8 (',
  ],
  ['a NUL byte', lines(row.replace(',N,', ',\0,')), 'line 3: it holds a NUL byte, which no text has ('],
  [
    'a carriage return in it',
    lines(row.replace(',N,', ',N\rY,')),
    'line 3: it holds a carriage return that is not quoted (',
  ],
])('refuses a row with %s', async (_, csv, message) => {
  expect(await failureOf(csv)).toMatchObject(badRow(message, { line: 3, column: null }));
});

it('refuses the last row of a plain file that lacks its line end: the file may be cut off', async () => {
  const csv = greenCsv([good, good]).trimEnd();
  expect(await failureOf(csv, { packing: 'none' })).toMatchObject({
    type: 'BadRow',
    message: expect.stringContaining(
      'green_tripdata_2021-03.csv, line 3: the file ends here, in a line without an end (',
    ) as string,
  });
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
