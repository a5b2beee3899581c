import type { Check, Source } from './types.ts';

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

/** The four columns of a trip's two places, before zones took their place in the middle of 2016. */
export const coordinates = [
  'pickup_longitude',
  'pickup_latitude',
  'dropoff_longitude',
  'dropoff_latitude',
] as const;

/**
 * What a month's file of trips must look like. Real files have a few dozen rows outside their month, and most of them
 * where the file begins; a file that has hardly any inside is another month's.
 */
export function tripChecks(pickupColumn: string): Check[] {
  return [
    {
      name: 'rows without a pickup',
      counts: { nullIn: pickupColumn },
      atMost: 0.01,
      onViolation: 'abort',
    },
    { name: 'rows outside the month', counts: 'outsideMonth', atMost: 0.001, onViolation: 'warn' },
    { name: 'file of another month', counts: 'outsideMonth', atMost: 0.9, onViolation: 'abort' },
  ];
}
