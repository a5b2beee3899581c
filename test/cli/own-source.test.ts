import { expect, it } from 'vitest';
import { ownSource } from '../../src/cli/own-source.ts';
import { getDataset } from '../../src/datasets/index.ts';

const green = getDataset('green');
const csvUrl = 'file:/data/{dataset}_{month}.csv.gz';
const parquetUrl = 'file:/data/{dataset}_{month}.parquet';
const none = { csvUrl: undefined, parquetUrl: undefined };
const both = { csvUrl, parquetUrl };

it('the one template of the environment is for every month', () => {
  expect(ownSource(none, green, ['2020-01'], 'auto')).toBeUndefined();
  expect(ownSource({ ...none, csvUrl }, green, ['2026-01'], 'auto')).toEqual({
    url: csvUrl,
    source: 'csv',
  });
  expect(ownSource({ ...none, parquetUrl }, green, ['2020-01'], 'auto')).toEqual({
    url: parquetUrl,
    source: 'parquet',
  });
});

it('a template is not used for the other kind of file', () => {
  expect(ownSource({ ...none, csvUrl }, green, ['2020-01'], 'parquet')).toBeUndefined();
  expect(ownSource(both, green, ['2020-01'], 'parquet')).toEqual({ url: parquetUrl, source: 'parquet' });
});

it('of two templates the months decide, if they agree', () => {
  expect(ownSource(both, green, ['2020-01', '2021-07'], 'auto')).toMatchObject({ source: 'csv' });
  expect(ownSource(both, green, ['2018-01', '2022-07'], 'auto')).toMatchObject({ source: 'parquet' });
  expect(() => ownSource(both, green, ['2021-07', '2021-08'], 'auto')).toThrow(
    'some of these months come from FAREFLOW_CSV_URL and some from FAREFLOW_PARQUET_URL; load them apart, or say --source csv or --source parquet',
  );
});
