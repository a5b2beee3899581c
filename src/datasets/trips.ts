import type { Source } from './types.ts';

/**
 * The public mirror of the TLC's CSV files as GitHub release assets (github.com/DataTalksClub/nyc-tlc-data): a copy that
 * was made once and stays as it is.
 */
export const tripMirror: Source = {
  format: 'csv',
  urlTemplate:
    'https://github.com/DataTalksClub/nyc-tlc-data/releases/download/{dataset}/{dataset}_tripdata_{month}.csv.gz',
  redirectHosts: ['release-assets.githubusercontent.com', 'objects.githubusercontent.com'],
  // For what lies before or after, nobody promises that it is there.
  months: { from: '2019-01', to: '2021-07' },
};

/** The TLC's own files, every month since 2009 (nyc.gov/site/tlc/about/tlc-trip-record-data.page). */
export const tlcParquet: Source = {
  format: 'parquet',
  urlTemplate: 'https://d37ci6vzurychx.cloudfront.net/trip-data/{dataset}_tripdata_{month}.parquet',
  redirectHosts: [],
};

/** A layout's columns where each is the header's name in lower case. */
export function sameNames(header: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(header.map((name) => [name, name.toLowerCase()]));
}
