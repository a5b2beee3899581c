import type { Source } from './types.ts';

/** The public mirror of the TLC's CSV files as GitHub release assets (github.com/DataTalksClub/nyc-tlc-data). */
export const tripMirror: Source = {
  format: 'csv',
  urlTemplate:
    'https://github.com/DataTalksClub/nyc-tlc-data/releases/download/{dataset}/{dataset}_tripdata_{month}.csv.gz',
  redirectHosts: ['release-assets.githubusercontent.com', 'objects.githubusercontent.com'],
};

/** A layout's columns where each is the header's name in lower case. */
export function sameNames(header: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(header.map((name) => [name, name.toLowerCase()]));
}
