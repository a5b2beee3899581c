import { generateTrips } from '../../src/mirror/index.ts';
import { afterEach, describe, expect, it } from 'vitest';
import { useDatabase } from '../support/database.ts';
import { finish, type Loading, type LoadingOptions, startLoading } from '../support/loading.ts';
import { stagingTables } from '../support/tables.ts';
import { greenCsv, greenHeader, greenTrip } from '../support/trip-csv.ts';

const database = useDatabase();
const loadings: Loading[] = [];
let loading: Loading | undefined;

afterEach(async () => {
  for (const each of loadings.splice(0)) await finish(each);
  expect(await stagingTables(database)).toEqual([]);
});

interface CopiedRow {
  pickup: string;
  vendor: number;
  flag: string;
  fare: number;
  ehail: number | null;
  load: number;
}

async function copy(csv: string | Buffer, options: Partial<LoadingOptions> = {}) {
  loading = await startLoading(database, { dataset: 'green', month: '2021-03', csv, ...options });
  loadings.push(loading);
  const { rowsCopied, loadId } = await loading.copy();
  const rows = await database.query<CopiedRow>(
    `select lpep_pickup_datetime::text as pickup, vendorid as vendor, store_and_fwd_flag as flag,
       fare_amount as fare, ehail_fee as ehail, load_id as load
     from fareflow_staging.green_2021_03_l${loadId} order by 1`,
  );
  expect(rowsCopied).toBe(rows.length);
  return rows;
}

const one = greenTrip('2021-03-01 10:00:00');
const two = greenTrip('2021-03-02 10:00:00');
const copied = [
  { pickup: '2021-03-01 10:00:00', vendor: 2, flag: 'N', fare: 8.5, ehail: null },
  { pickup: '2021-03-02 10:00:00', vendor: 2, flag: 'N', fare: 8.5, ehail: null },
];

describe('a file', () => {
  it('may end its lines with CR LF or with LF', async () => {
    expect(await copy(greenCsv([one, two]))).toMatchObject(copied);
    await loading?.drop();
    expect(await copy(greenCsv([one, two], { eol: '\n' }))).toMatchObject(copied);
  });

  it.each(['\r\n', '\n'])('may lack its last line end (%j)', async (eol) => {
    const csv = greenCsv([one, two], { eol });
    expect(await copy(csv.slice(0, -eol.length))).toMatchObject(copied);
  });

  it('may have its columns in any order', async () => {
    expect(await copy(greenCsv([one, two], { header: [...greenHeader].reverse() }))).toMatchObject(copied);
  });

  it('may quote its header and begin with a byte order mark', async () => {
    const [header = '', ...lines] = greenCsv([one, two]).split('\r\n');
    const quoted = header
      .split(',')
      .map((name) => `"${name}"`)
      .join(',');
    expect(await copy(['\uFEFF' + quoted, ...lines].join('\r\n'))).toMatchObject(copied);
  });

  it.each(['\r\n', ''])('may be nothing but a header (ended by %j)', async (end) => {
    expect(await copy(greenHeader.join(',') + end)).toEqual([]);
  });

  it('may hold quotes, commas and line ends inside of quotes', async () => {
    const flag = '"a ""b"", c\r\nd"';
    const rows = await copy(greenCsv([{ ...one, store_and_fwd_flag: flag }, two]));
    expect(rows).toMatchObject([{ flag: 'a "b", c\r\nd' }, { flag: 'N' }]);
  });

  it('is cut only between records, also where a quoted line end falls on the edge of a block', async () => {
    // Records of odd lengths, most of whose line ends are inside quotes, over several blocks.
    const day = Date.parse('2021-03-01T00:00:00Z');
    const rows = Array.from({ length: 2_000 }, (_, i) => ({
      ...greenTrip(new Date(day + i * 1_000).toISOString().slice(0, 19)),
      store_and_fwd_flag: `"${`line "" ${i}\n`.repeat(50 + (i % 61))}"`,
    }));
    const found = await copy(greenCsv(rows, { eol: '\n' }));
    expect(found).toHaveLength(2_000);
    expect(found.map(({ flag }) => flag)).toEqual(rows.map((_, i) => `line " ${i}\n`.repeat(50 + (i % 61))));
  });

  it('is copied whole whatever the number of connections', async () => {
    const csv = Buffer.concat([...generateTrips({ dataset: 'green', month: '2021-03', rows: 30_000 })]);
    for (const copyConnections of [1, 2, 5]) {
      expect(await copy(csv, { copyConnections })).toHaveLength(30_000);
      await loading?.drop();
    }
  });

  it('gives every row the id of its load', async () => {
    const rows = await copy(greenCsv([one, two]));
    expect(rows.map(({ load }) => load)).toEqual([loading?.copied?.loadId, loading?.copied?.loadId]);
  });
});

describe('a header that is not the data set’s', () => {
  const without = greenHeader.filter((name) => name !== 'fare_amount');
  const renamed = greenHeader.map((name) => (name === 'fare_amount' ? 'fare' : name));
  it.each([
    ['lacks a column', without, / lacks fare_amount, /],
    ['has one more', [...greenHeader, 'surge_fee'], / has the unexpected surge_fee, /],
    ['has one renamed', renamed, / lacks fare_amount and has the unexpected fare, /],
    ['has one twice', [...greenHeader, 'extra'], / has the unexpected extra, /],
    ['is spelled otherwise', greenHeader.map((name) => name.toLowerCase()), / lacks VendorID, .*vendorid/],
  ])('is refused by name if it %s', async (_, header, message) => {
    await expect(copy(greenCsv([one], { header }))).rejects.toMatchObject({
      type: 'SchemaMismatch',
      nonRetryable: true,
      message: expect.stringMatching(message) as string,
    });
    await expect(copy(greenCsv([one], { header }))).rejects.toThrow(
      'green 2021-03: the header of green_tripdata_2021-03.csv.gz',
    );
    expect(await stagingTables(database)).toEqual([]);
  });

  it('is refused for a file without any text', async () => {
    await expect(copy('')).rejects.toMatchObject({ type: 'SchemaMismatch' });
  });
});

it('makes a table of its own at every attempt', async () => {
  await copy(greenCsv([one]));
  const first = loading?.copied?.loadId;
  await loading?.copy();
  expect(loading?.copied?.loadId).not.toBe(first);
  expect(await stagingTables(database)).toHaveLength(2);
});
