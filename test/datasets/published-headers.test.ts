import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import { describe, expect, it } from 'vitest';
import { headerNames } from '../../src/csv/records.ts';
import { type Dataset, getDataset } from '../../src/datasets/index.ts';
import { matchHeader } from '../../src/datasets/layout.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const directory = resolve(repository, '../shared/data');
if (!existsSync(directory)) process.stderr.write(`skipped: there are no real trip files in ${directory}\n`);

function filesOf(folder: string, end: string): string[] {
  const path = resolve(directory, folder);
  if (!existsSync(path)) return [];
  return readdirSync(path).filter((name) => /^(yellow|green|fhv|fhvhv)_/.test(name) && name.endsWith(end));
}

function datasetOf(file: string): Dataset {
  return getDataset(file.split('_')[0] ?? '');
}

function headerOf(path: string): string[] {
  const [line = ''] = readFileSync(path, 'latin1').split(/\r?\n/, 1);
  return headerNames(Buffer.from(line, 'latin1'));
}

describe.skipIf(!existsSync(directory))('the header of every CSV file that the TLC published', () => {
  const files = filesOf('heads1k', '.csv');

  it('is there', () => {
    expect(files).toHaveLength(303);
  });

  it.each(files)('%s fits one layout, that of its month', (file) => {
    const dataset = datasetOf(file);
    const header = headerOf(resolve(directory, 'heads1k', file));
    const fitting = dataset.layouts.filter(
      (layout) =>
        layout.format === 'csv' && matchHeader({ ...dataset, layouts: [layout] }, 'csv', header).fits,
    );
    expect(fitting).toHaveLength(1);
    expect(fitting.map(({ name }) => isOf(name, file.slice(-11, -4)))).toEqual([true]);
  });
});

/** Whether a month lies in the period that a layout is named after, such as `2016-07 to 2018`. */
function isOf(layout: string, month: string): boolean {
  const found = layout.match(/\d{4}(-\d\d)?/g) ?? [];
  const from = layout.startsWith('until') ? '2009' : (found[0] ?? '');
  const to = layout.includes('later') ? '9999' : (found.at(-1) ?? '');
  return month >= from && month.slice(0, to.length) <= to;
}

describe.skipIf(!existsSync(directory))('the columns of real samples', () => {
  it.each(filesOf('samples', '.csv'))('%s fit a layout', (file) => {
    expect(matchHeader(datasetOf(file), 'csv', headerOf(resolve(directory, 'samples', file)))).toMatchObject({
      fits: true,
    });
  });

  it.each([
    ...filesOf('samples', '.parquet').map((file) => ['samples', file]),
    ...filesOf('green_parquet', '.parquet').map((file) => ['green_parquet', file]),
  ])('%s/%s fit a layout', async (folder = '', file = '') => {
    const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
    const connection = await instance.connect();
    const path = resolve(directory, folder, file).replaceAll("'", "''");
    const schema = await connection.runAndReadAll(
      `select name from parquet_schema('${path}') where num_children is null`,
    );
    const names = schema.getRows().map(([name]) => String(name));
    expect(matchHeader(datasetOf(file), 'parquet', names)).toMatchObject({ fits: true });
    connection.closeSync();
    instance.closeSync();
  });
});
