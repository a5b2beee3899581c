import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { headerNames } from '../../src/csv/records.ts';
import { pickupOf } from '../../src/database/columns.ts';
import { datasets, type Dataset } from '../../src/datasets/index.ts';
import { matchHeader } from '../../src/datasets/layout.ts';
import type { MirroredDataset, TripFileOptions } from '../../src/mirror/index.ts';
import { textOf } from './read-trips.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const directory = resolve(repository, '../shared/data/heads1k');
if (!existsSync(directory)) process.stderr.write(`skipped: there are no real trip files in ${directory}\n`);

const mirrored = datasets.filter(({ name }) => /^(yellow|green|fhv|fhvhv)$/.test(name));
const csvLayouts = mirrored.flatMap((dataset) =>
  dataset.layouts
    .filter(({ format }) => format === 'csv')
    .map((layout) => [dataset.name as MirroredDataset, layout.name, dataset] as const),
);

/** The fields of a generated file's rows, by the target columns that they fill. */
function readRows(dataset: Dataset, text: string): Record<string, string>[] {
  const [header = '', ...lines] = text.split(/\r?\n/);
  const match = matchHeader(dataset, 'csv', headerNames(Buffer.from(header)));
  if (!match.fits) throw new Error(`no layout: ${header}`);
  return lines
    .filter((line) => line !== '')
    .map((line) => {
      const fields: string[] = line.split(',').map((field) => field.replace(/^"(.*)"$/, '$1'));
      const surplus: string[] = fields.splice(match.columns.length);
      expect(fields).toHaveLength(match.columns.length);
      expect(surplus.join('')).toBe('');
      return Object.fromEntries(match.columns.map((column, i) => [String(column), fields[i] ?? '']));
    });
}

describe.each(csvLayouts)('a generated %s file in the layout "%s"', (name, layout, dataset) => {
  const options: TripFileOptions = { dataset: name, month: '2019-05', layout, rows: 400 };
  const rows = readRows(dataset, textOf(options));

  it('has as many rows as were asked for, each with a pickup and what the layout has', () => {
    expect(rows).toHaveLength(400);
    for (const row of rows) expect(row[pickupOf(dataset)]).toMatch(/^20\d\d-\d\d-\d\d \d\d:\d\d:\d\d$/);
    const filled = Object.keys(rows[0] ?? {}).filter((column) => rows.some((row) => row[column] !== ''));
    const alwaysEmpty = ['ehail_fee', 'null', ...(layout === '2009' ? ['ratecodeid', 'mta_tax'] : [])];
    const found = dataset.layouts.find(({ name }) => name === layout);
    const columns = Object.values(found?.columns ?? {});
    expect(filled).toEqual(columns.filter((column) => !alwaysEmpty.includes(column)));
  });

  it('writes values that the table’s types take', () => {
    for (const row of rows) {
      for (const [column, value] of Object.entries(row)) {
        const type = dataset.columns.find(({ name }) => name === column)?.type;
        if (value === '') continue;
        if (type === 'integer' || type === 'bigint') expect(value).toMatch(/^-?\d+$/);
        if (type === 'double precision') expect(value).toMatch(/^-?(\d+(\.\d+)?|\.\d+)$/);
      }
    }
  });

  it('is another file only if it is asked for otherwise', () => {
    expect(textOf(options)).toBe(textOf(options));
    expect(textOf({ ...options, seed: 2 })).not.toBe(textOf(options));
  });
});

describe.skipIf(!existsSync(directory))('a generated file of the month', () => {
  const files = existsSync(directory)
    ? readdirSync(directory).filter((file) => /_tripdata_\d{4}-\d\d/.test(file))
    : [];
  it.each(files)('begins to the byte as the real %s', (file) => {
    const [dataset = ''] = file.split('_');
    const real = readFileSync(resolve(directory, file), 'latin1');
    const made = textOf({ dataset: dataset as MirroredDataset, month: file.slice(-11, -4), rows: 20 });
    const [head = ''] = /^[^\r\n]*\r?\n(\r?\n)*/.exec(real) ?? [];
    expect(made.slice(0, head.length + 1)).toMatch(new RegExp(`^${escape(head)}[^\r\n]`));
    const rowOf = (text: string) => text.slice(head.length).split('\n')[0] ?? '';
    expect(rowOf(made).match(/,/g)).toHaveLength(rowOf(real).match(/,/g)?.length ?? 0);
    expect(rowOf(made).at(-1)).toBe('\r');
    expect(rowOf(made).startsWith('"')).toBe(rowOf(real).startsWith('"'));
  });
});

function escape(text: string): string {
  return text.replace(/[.()\\]/g, '\\$&');
}

it('has the bytes that it always had in the layout of 2019 and later', () => {
  const sha256 = (options: TripFileOptions) => createHash('sha256').update(textOf(options)).digest('hex');
  const common = { rows: 50_000, keyTwins: 30, exactDuplicates: 20 };
  expect(sha256({ dataset: 'yellow', month: '2021-03', ...common })).toMatch(/^d93b2ffc51c2cc9a/);
  expect(sha256({ dataset: 'green', month: '2020-02', outsideMonth: 10, ...common })).toMatch(
    /^d1fd56082900c48b/,
  );
});

describe('numbers', () => {
  it('have all their digits before 2015', () => {
    const text = textOf({ dataset: 'yellow', month: '2010-03', rows: 500 });
    expect(text).toMatch(/,\d+\.\d*(0000000|9999999)\d+,/);
    for (const number of text.match(/\d+\.\d+/g) ?? []) {
      expect(Number(number).toPrecision(17).replace(/0+$/, '')).toBe(number);
    }
  });

  it('are written as decimal ones where they may be missing, on request', () => {
    const options: TripFileOptions = { dataset: 'yellow', month: '2021-06', rows: 200 };
    const [plain, decimal] = [textOf(options), textOf({ ...options, decimalIntegers: true })];
    expect(decimal).toMatch(/\r\n[12]\.0,2021-06-/);
    expect(decimal.replace(/(?<=[\n,]\d)\.0(?=,)/g, '')).toBe(plain);
  });
});

describe('vendors and payments', () => {
  it.each([
    ['2009-03', ['CASH', 'Cash', 'Credit']],
    ['2010-03', ['CAS', 'CSH', 'Cas', 'CRD']],
    ['2013-03', ['CSH', 'CRD']],
  ])('are words in %s', (month, words) => {
    const text = textOf({ dataset: 'yellow', month, rows: 2_000 });
    for (const word of ['VTS', 'CMT', 'DDS', ...words]) expect(text).toContain(`${word},`);
    expect(text).not.toMatch(/\r\n[12],/);
  });
});

describe('for-hire trips', () => {
  it('are told apart by their key, but for those asked to repeat', () => {
    for (const [dataset, layout] of [
      ['fhv', 'as republished in 2022'],
      ['fhvhv', 'Parquet of 2019-02 to 2024 as CSV'],
    ] as const) {
      const text = textOf({
        dataset,
        month: '2021-03',
        layout,
        rows: 20_000,
        keyTwins: 30,
        exactDuplicates: 20,
      });
      const lines = text.trimEnd().split('\r\n').slice(1);
      expect(lines).toHaveLength(20_000);
      expect(new Set(lines).size).toBe(19_980);
      const found = datasets.find(({ name }) => name === dataset) as Dataset;
      const keys = readRows(found, text).map((row) =>
        found.naturalKey.map((column) => row[column]).join('|'),
      );
      expect(new Set(keys).size).toBe(19_950);
    }
  });

  it('have neither refunds nor a null tail', () => {
    for (const odd of [{ refundPairs: 1 }, { nullTail: 1 }]) {
      expect(() => textOf({ dataset: 'fhv', month: '2021-03', rows: 10, ...odd })).toThrow('neither refunds');
    }
  });
});

it('refuses a layout that the data set does not have', () => {
  expect(() => textOf({ dataset: 'green', month: '2021-03', rows: 1, layout: '1999' })).toThrow(
    'green has no csv layout "1999"; there are "2019 and later", ',
  );
});
