import { describe, expect, it } from 'vitest';
import { datasets, getDataset } from '../../src/datasets/index.ts';
import { locateFile, type SourceSettings } from '../../src/source/locate.ts';

const green = getDataset('green');
const locate = (
  choice: { source?: 'auto' | 'csv' | 'parquet'; url?: string } = {},
  settings: Partial<SourceSettings> = {},
) =>
  locateFile(
    green,
    '2021-03',
    { source: 'auto', ...choice },
    { csvUrl: undefined, allowedHosts: [], ...settings },
  );
const mirror = 'https://mirror.example:8443/{dataset}/{dataset}_{month}.csv.gz';

describe('the file of a month', () => {
  const trips = datasets.filter(({ table }) => table.endsWith('_tripdata'));
  it.each(trips)('is at the source of its own: $name', (dataset) => {
    const settings = { csvUrl: undefined, allowedHosts: [] };
    const { url, filename, format } = locateFile(dataset, '2021-03', { source: 'csv' }, settings);
    expect(filename).toBe(`${dataset.name}_tripdata_2021-03.csv.gz`);
    expect(url.href).toContain(`/${dataset.name}/${filename}`);
    expect(format).toBe('csv');
  });

  it('is where the template of the operator says, in place of its own source', () => {
    const { url, filename, policy } = locate({}, { csvUrl: mirror });
    expect(url.href).toBe('https://mirror.example:8443/green/green_2021-03.csv.gz');
    expect(filename).toBe('green_2021-03.csv.gz');
    expect([...policy.allowedHosts]).toEqual(['mirror.example:8443']);
  });

  it('is where the URL says that is given for it, if that may be fetched', () => {
    const url = 'https://extra.example/a/b.csv.gz?x=1#y';
    expect(locate({ url }, { allowedHosts: ['extra.example'] })).toMatchObject({ filename: 'b.csv.gz' });
    expect(() => locate({ url })).toThrow('the host extra.example is not allowed');
    expect(() => locate({ url }, { csvUrl: mirror })).toThrow('the host extra.example is not allowed');
  });

  it('is not at its own source any more where the operator has replaced it', () => {
    const own = locate().url.href;
    expect(locate({ url: own }).url.href).toBe(own);
    expect(() => locate({ url: own }, { csvUrl: mirror })).toThrow('is not allowed');
  });

  it.each([
    ['auto', 'https://extra.example/x.parquet', 'parquet'],
    ['auto', 'https://extra.example/x.PARQUET?version=2', 'parquet'],
    ['auto', 'https://extra.example/x.csv?of=x.parquet', 'csv'],
    ['auto', 'https://extra.example/{month}', 'csv'],
    ['parquet', 'https://extra.example/download', 'parquet'],
    ['csv', 'https://extra.example/x.parquet', 'csv'],
  ] as const)('is what is said of it (%s), or what its URL ends with: %s', (source, url, format) => {
    expect(locate({ source, url }, { allowedHosts: ['extra.example'] }).format).toBe(format);
  });

  it('is where the template for Parquet says, as Parquet', () => {
    const parquetUrl = 'https://mirror.example/{dataset}_{month}.parquet';
    expect(locate({}, { parquetUrl })).toMatchObject({
      filename: 'green_2021-03.parquet',
      format: 'parquet',
    });
  });

  it('is at a URL with places for data set and month once they are filled in', () => {
    const { url } = locate(
      { url: 'https://extra.example/{dataset}/{month}/{month}' },
      { allowedHosts: ['extra.example'] },
    );
    expect(url.href).toBe('https://extra.example/green/2021-03/2021-03');
    expect(() => locate({ url: 'https://{dataset}.example/' })).toThrow(
      'the host green.example is not allowed',
    );
  });

  it.each([
    ['https://extra.example/with%20space.csv.gz', 'with space.csv.gz'],
    ['https://extra.example/gr%C3%BCn.csv.gz', 'grün.csv.gz'],
    ['https://extra.example/100%.csv.gz', '100%.csv.gz'],
    ['https://extra.example/a%00b.csv.gz', 'a%00b.csv.gz'],
    ['https://extra.example/a%0Ab.csv.gz', 'a%0Ab.csv.gz'],
    ['https://extra.example/..%2F..%2Fetc', '..%2F..%2Fetc'],
    ['https://extra.example/', ''],
  ])('has the name that its URL ends with, as far as it can be one: %s', (url, filename) => {
    expect(locate({ url }, { allowedHosts: ['extra.example'] }).filename).toBe(filename);
  });
});
