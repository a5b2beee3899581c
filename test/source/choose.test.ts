import { describe, expect, it } from 'vitest';
import { type Dataset, getDataset } from '../../src/datasets/index.ts';
import { chooseSource, effectiveSources, type SourceTemplates } from '../../src/source/choose.ts';

const green = getDataset('green');
const CSV = 'https://mirror.example/{month}.csv.gz';
const PARQUET = 'https://mirror.example/{month}.parquet';
const choose = (
  month: string,
  choice: 'auto' | 'csv' | 'parquet' = 'auto',
  templates: Partial<SourceTemplates> = {},
  dataset: Dataset = green,
) => chooseSource(dataset, month, choice, effectiveSources(dataset, { csvUrl: undefined, ...templates }));

describe('by default', () => {
  it.each([
    ['2014-01', 'parquet'],
    ['2018-12', 'parquet'],
    ['2019-01', 'csv'],
    ['2021-07', 'csv'],
    ['2021-08', 'parquet'],
    ['2026-08', 'parquet'],
  ])('%s comes as %s, from the mirror for the months that it was made for', (month, format) => {
    expect(choose(month)).toMatchObject({ format });
  });

  it('a kind of file that is asked for comes from its own source, whatever the month', () => {
    expect(choose('2018-12', 'csv').urlTemplate).toMatch(/github.com/);
    expect(choose('2020-12', 'parquet').urlTemplate).toMatch(/cloudfront.net/);
  });

  it('a month from before the first Parquet file is refused for good, with what there is', () => {
    const message =
      "none of green's sources is known to have 2013-10 (csv from 2019-01 to 2021-07; parquet from 2014-01); try another --source, or load a file from elsewhere with --url";
    expect(() => choose('2013-10')).toThrow(
      expect.objectContaining({ type: 'InvalidInput', nonRetryable: true, message }),
    );
    expect(() => choose('2013-10', 'parquet')).toThrow(/\(parquet from 2014-01\)/);
    expect(choose('2009-01', 'auto', {}, getDataset('yellow'))).toMatchObject({ format: 'parquet' });
  });
});

describe('templates of the operator', () => {
  it.each(['2013-10', '2020-01', '2026-08'])('are for every month if there is one: %s', (month) => {
    expect(choose(month, 'auto', { csvUrl: CSV })).toEqual({
      format: 'csv',
      urlTemplate: CSV,
      redirectHosts: [],
    });
    expect(choose(month, 'auto', { parquetUrl: PARQUET }).urlTemplate).toBe(PARQUET);
  });

  it('take turns like the sources that they replace if there are two', () => {
    const both = { csvUrl: CSV, parquetUrl: PARQUET };
    expect(choose('2020-01', 'auto', both).urlTemplate).toBe(CSV);
    expect(choose('2013-10', 'auto', both).urlTemplate).toBe(PARQUET);
    expect(choose('2021-08', 'auto', both).urlTemplate).toBe(PARQUET);
    expect(choose('2021-08', 'csv', both).urlTemplate).toBe(CSV);
  });

  it('leave no built-in source, and say so', () => {
    expect(() => choose('2020-01', 'parquet', { csvUrl: CSV })).toThrow(
      'green has no parquet source here; set FAREFLOW_PARQUET_URL of the worker',
    );
  });

  it('are not for a data set that has no files of their kind', () => {
    const csvOnly = { ...green, sources: green.sources.filter(({ format }) => format === 'csv') };
    expect(choose('2020-01', 'auto', { parquetUrl: PARQUET }, csvOnly).urlTemplate).toMatch(/github.com/);
  });
});
