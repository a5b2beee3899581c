/** The data sets that runs load: the built-in ones, and one of somebody's own. */
import { type Dataset, datasetOf } from '../src/datasets/index.ts';
import { addMonths } from '../src/datasets/month.ts';
import { periodBounds, periodOf } from '../src/datasets/period.ts';
import type { MonthString } from '../src/contract.ts';
import type { MirroredDataset } from '../src/mirror/index.ts';

export type ChaosDataset = MirroredDataset | 'zones' | 'bike_trips';

/** Weekly files, whose table is made by the first load. */
const bikeTrips = {
  name: 'bike_trips',
  period: 'week',
  first: '2015-W01',
  columns: [
    { name: 'bike_id', type: 'integer' },
    { name: 'started_at', type: 'timestamp' },
    { name: 'ended_at', type: 'timestamp' },
    { name: 'metres', type: 'double precision' },
    { name: 'station', type: 'text' },
  ],
  partitionColumn: 'started_at',
  key: ['bike_id', 'started_at'],
  sources: [{ format: 'csv', urlTemplate: 'http://127.0.0.1/{month}.csv.gz' }],
};

/** What a load of this data set says of it beyond its name. */
export function definitionOf(name: ChaosDataset): { definition?: object } {
  return name === 'bike_trips' ? { definition: bikeTrips } : {};
}

export function chaosDataset(name: ChaosDataset): Dataset {
  return datasetOf({ dataset: name, ...definitionOf(name) });
}

const WEEK_MS = 7 * 86_400_000;

/** The period that lies so many later, or earlier. */
export function shiftPeriod(name: ChaosDataset, period: MonthString, distance: number): MonthString {
  const dataset = chaosDataset(name);
  if (dataset.period === 'whole') return period;
  if (dataset.period !== 'week') return addMonths(period, distance);
  const begin = Date.parse(`${periodBounds(dataset, period).from.replace(' ', 'T')}Z`);
  return periodOf(dataset, new Date(begin + distance * WEEK_MS));
}
