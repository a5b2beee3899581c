import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { existsSync } from 'node:fs';
import { gzipSync, gunzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Dataset, getDataset } from '../../src/datasets/index.ts';
import { readSource, type SourceRows } from '../../src/verify/read-source.ts';
import { withScratch } from '../../src/verify/scratch.ts';

/** A data set of one column of each type, in files of two layouts. */
const stock: Dataset = {
  ...getDataset('green'),
  name: 'stock',
  columns: [
    { name: 'at', type: 'timestamp' },
    { name: 'n', type: 'integer' },
    { name: 'big', type: 'bigint' },
    { name: 'x', type: 'double precision' },
    { name: 'word', type: 'text' },
  ],
  pickupColumn: 'at',
  naturalKey: ['at', 'n'],
  layouts: (['csv', 'parquet'] as const).map((format) => ({
    format,
    name: 'the one',
    columns: { at: 'at', n: 'n', big: 'big', x: 'x', Word: 'word' },
    optional: ['big', 'x', 'Word'],
    ignored: ['__index_level_0__'],
  })),
};

let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fareflow-reading-'));
});
afterAll(() => rm(directory, { recursive: true }));

type Read = SourceRows & { values: unknown[][] };

async function read(format: 'csv' | 'parquet', path: string, dataset = stock): Promise<Read> {
  return withScratch(new AbortController().signal, async (scratch) => {
    const found = await readSource(scratch, dataset, { path, filename: 'the file', format });
    const columns = dataset.columns.map((_, i) => `c${i}::VARCHAR as c${i}`).join(', ');
    const rows = await scratch.rows<Record<string, unknown>>(
      `select ${columns} from file_row where not is_bad order by all limit 100`,
    );
    return { ...found, values: rows.map((row) => Object.values(row)) };
  });
}

async function readCsv(content: string | Buffer): Promise<Read> {
  const path = join(directory, 'x.file');
  await writeFile(path, content);
  return read('csv', path);
}

async function readParquet(select: string): Promise<Read> {
  const path = join(directory, 'x.parquet');
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  await connection.run(`copy (${select}) to '${path}' (format parquet)`);
  connection.closeSync();
  return read('parquet', path);
}

const rows = ['2021-03-01 10:00:00,1,9007199254740993,.50,a', '2021-03-02 10:00:00,,,,'];
const values = [
  ['2021-03-01 10:00:00', '1', '9007199254740993', '0.5', 'a'],
  ['2021-03-02 10:00:00', null, null, null, null],
];

describe('a CSV file', () => {
  it.each([
    ['with one kind of line end', `at,n,big,x,Word\r\n${rows.map((row) => `${row}\r\n`).join('')}`],
    ['without an end of its last line', `at,n,big,x,Word\n${rows.join('\n')}`],
    [
      'with two kinds of line end and a blank line',
      `at,n,big,x,Word\n\r\n${rows.map((row) => `${row}\r\n`).join('')}`,
    ],
    [
      'with empty fields beyond its header',
      `at, n, big, x, Word \n\r\n${rows.map((row) => `${row},,\r\n`).join('')}`,
    ],
    [
      'with everything quoted',
      `"at","n","big","x","Word"\r\n${rows
        .map(
          (row) =>
            `${row
              .split(',')
              .map((field) => `"${field}"`)
              .join(',')}\r\n`,
        )
        .join('')}`,
    ],
    [
      'with its columns in another order',
      `Word,x,big,n,at\n${rows.map((row) => `${row.split(',').reverse().join(',')}\n`).join('')}`,
    ],
    [
      'with a column that no layout knows',
      `new,at,n,big,x,Word\n${rows.map((row) => `7,${row}\n`).join('')}`,
    ],
  ])('may be one %s', async (_name, csv) => {
    expect(await readCsv(csv)).toEqual({ rows: 2, badRows: 0, values });
    expect(await readCsv(gzipSync(csv))).toEqual({ rows: 2, badRows: 0, values });
  });

  it('holds whole numbers that are written with a point', async () => {
    expect(await readCsv('at,n\n2021-03-01 10:00:00,1.0\n2021-03-01 10:00:00,-2.00\n')).toMatchObject({
      values: [
        ['2021-03-01 10:00:00', '-2'],
        ['2021-03-01 10:00:00', '1'],
      ].map((row) => expect.arrayContaining(row) as unknown),
    });
  });

  it.each([
    ['a number that is no whole one', '2021-03-01 10:00:00,1.5,,,'],
    ['a number that is too large', '2021-03-01 10:00:00,2147483648,,,'],
    ['a word for a number', '2021-03-01 10:00:00,one,,,'],
    ['a number with two points', '2021-03-01 10:00:00,1,,1.2.3,'],
    ['a day that there is not', '2021-02-29 10:00:00,1,,,'],
    ['no pickup', ',1,,,'],
    ['a pickup that lies in no month', 'infinity,1,,,'],
    ['a whole number with an exponent', '2021-03-01 10:00:00,1e3,,,'],
    ['a whole number with a point alone', '2021-03-01 10:00:00,1.,,,'],
    ['too few fields', '2021-03-01 10:00:00,1,,'],
    ['too many fields', '2021-03-01 10:00:00,1,,,a,b'],
  ])('has a bad row for %s', async (_name, row) => {
    expect(await readCsv(`at,n,big,x,Word\n${rows.join('\n')}\n${row}\n`)).toEqual({
      rows: 2,
      badRows: 1,
      values,
    });
  });

  it('says so if it fits no layout', async () => {
    await expect(readCsv('at,other\n')).rejects.toThrow('fit no layout of stock: it lacks n of "the one"');
  });
});

describe('a Parquet file', () => {
  it.each([
    [
      'of the types of the table',
      `'2021-03-01 10:00:00'::TIMESTAMP as at, 1::INTEGER as n, 9007199254740993 as big, 0.5::DOUBLE as x, 'a' as "Word"`,
    ],
    [
      'of wider types',
      `'2021-03-01 10:00:00'::TIMESTAMP_NS as at, 1::DOUBLE as n, 9007199254740993::DECIMAL(20,0) as big, 0.5::FLOAT as x, 'a' as "Word", 3 as __index_level_0__`,
    ],
    [
      'of texts',
      `'2021-03-01 10:00:00' as at, '1' as n, '9007199254740993' as big, '.5' as x, 'a' as "Word"`,
    ],
    [
      'of times with a zone',
      `to_timestamp(1614592800) as at, 1::BIGINT as n, 9007199254740993 as big, 0.5 as x, 'a' as "Word"`,
    ],
  ])('may be one %s', async (_name, columns) => {
    expect(await readParquet(`select ${columns}`)).toEqual({
      rows: 1,
      badRows: 0,
      values: values.slice(0, 1),
    });
  });

  it('holds numbers where texts belong as PostgreSQL writes them', async () => {
    const columns = `'2021-03-01 10:00:00'::TIMESTAMP as at, 1 as n`;
    for (const [word, shown] of [
      ['2::DOUBLE', '2'],
      ['2.5::DOUBLE', '2.5'],
      ['2', '2'],
      [`'a'::BLOB`, 'a'],
    ]) {
      const { values: read } = await readParquet(`select ${columns}, ${word} as "Word"`);
      expect(read).toEqual([['2021-03-01 10:00:00', '1', null, null, shown]]);
    }
  });

  it('has a bad row for a value that does not fit', async () => {
    const at = `'2021-03-01 10:00:00'::TIMESTAMP`;
    expect(
      await readParquet(
        `select * from (values (${at}, 1::DOUBLE), (${at}, 1.5), (${at}, 3e9), (null, 1), (${at}, null)) as t("at", n)`,
      ),
    ).toMatchObject({ rows: 2, badRows: 3 });
  });
});

const REAL = resolve(import.meta.dirname, '../../../shared/data');
describe.skipIf(!existsSync(REAL))('published files of green trips (needs ../shared/data)', () => {
  const green = getDataset('green');
  const [csv] = green.layouts;
  const both: Dataset = {
    ...green,
    layouts: [
      ...green.layouts.filter(({ format }) => format === 'csv'),
      { ...csv, format: 'parquet', name: 'the same', columns: csv?.columns ?? {} },
    ],
  };

  it.each([
    ['2020-04', 35_644],
    ['2022-03', 78_537],
    ['2023-12', 64_215],
  ])('%s has %i rows in Parquet, and each fits', async (month, count) => {
    const path = join(REAL, `green_parquet/green_tripdata_${month}.parquet`);
    expect(await read('parquet', path, both)).toMatchObject({ rows: count, badRows: 0 });
  });

  it('2020-04 has 35612 rows in CSV, packed or not', async () => {
    const path = join(REAL, 'green_csv/green_tripdata_2020-04.csv.gz');
    expect(await read('csv', path, both)).toMatchObject({ rows: 35_612, badRows: 0 });
    const plain = join(directory, 'green.csv');
    await writeFile(plain, gunzipSync(await readFile(path)));
    expect(await read('csv', plain, both)).toMatchObject({ rows: 35_612, badRows: 0 });
  });
});
