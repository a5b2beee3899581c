import type { Dataset } from './types.ts';
import { sameNames } from './trips.ts';

const header = ['LocationID', 'Borough', 'Zone', 'service_zone'];

/** The taxi zones that the trips' location ids name. One file, published anew when a name changes. */
export const zones: Dataset = {
  name: 'zones',
  title: 'Taxi zones',
  period: 'whole',
  table: 'taxi_zone_lookup',
  firstMonth: 'all',
  columns: [
    { name: 'locationid', type: 'integer' },
    { name: 'borough', type: 'text' },
    { name: 'zone', type: 'text' },
    { name: 'service_zone', type: 'text' },
  ],
  naturalKey: ['locationid'],
  layouts: [
    { format: 'csv', name: 'every version', columns: sameNames(header) },
    { format: 'parquet', name: 'conversions of it', columns: sameNames(header) },
  ],
  sources: [
    {
      format: 'csv',
      urlTemplate: 'https://d37ci6vzurychx.cloudfront.net/misc/taxi_zone_lookup.csv',
      redirectHosts: [],
    },
  ],
};
