import type { Dataset } from './types.ts';
import { sameNames, tlcParquet, tripChecks, tripMirror } from './trips.ts';

const names2017 = [
  'Dispatching_base_num',
  'Pickup_DateTime',
  'DropOff_datetime',
  'PUlocationID',
  'DOlocationID',
];

const names2019 = [
  'dispatching_base_num',
  'pickup_datetime',
  'dropoff_datetime',
  'PULocationID',
  'DOLocationID',
  'SR_Flag',
];

/** As the TLC publishes them in Parquet, and republished them as CSV in 2022. */
const names = [
  'dispatching_base_num',
  'pickup_datetime',
  'dropOff_datetime',
  'PUlocationID',
  'DOlocationID',
  'SR_Flag',
  'Affiliated_base_number',
];

/**
 * Trips of for-hire vehicles other than the high-volume services'. A record says little: many are equal in every
 * column and yet of different trips, so all of them stay.
 */
export const fhv: Dataset = {
  name: 'fhv',
  title: 'For-hire vehicle trips',
  table: 'fhv_tripdata',
  firstMonth: '2015-01',
  columns: [
    { name: 'dispatching_base_num', type: 'text' },
    { name: 'pickup_datetime', type: 'timestamp' },
    { name: 'dropoff_datetime', type: 'timestamp' },
    { name: 'pulocationid', type: 'integer' },
    { name: 'dolocationid', type: 'integer' },
    { name: 'sr_flag', type: 'text' },
    { name: 'affiliated_base_number', type: 'text' },
  ],
  pickupColumn: 'pickup_datetime',
  naturalKey: [
    'dispatching_base_num',
    'pickup_datetime',
    'dropoff_datetime',
    'pulocationid',
    'dolocationid',
    'affiliated_base_number',
  ],
  repeats: 'kept',
  layouts: [
    { format: 'csv', name: 'as republished in 2022', columns: sameNames(names) },
    { format: 'csv', name: '2019 and later', columns: sameNames(names2019) },
    {
      format: 'csv',
      name: '2018',
      columns: {
        Pickup_DateTime: 'pickup_datetime',
        DropOff_datetime: 'dropoff_datetime',
        PUlocationID: 'pulocationid',
        DOlocationID: 'dolocationid',
        SR_Flag: 'sr_flag',
        Dispatching_base_number: 'dispatching_base_num',
      },
      // Empty in every row.
      ignored: ['Dispatching_base_num'],
    },
    { format: 'csv', name: '2017-07 to 2017-12', columns: sameNames([...names2017, 'SR_Flag']) },
    { format: 'csv', name: '2017-01 to 2017-06', columns: sameNames(names2017) },
    {
      format: 'csv',
      name: '2015 and 2016',
      columns: {
        Dispatching_base_num: 'dispatching_base_num',
        Pickup_date: 'pickup_datetime',
        locationID: 'pulocationid',
      },
    },
    { format: 'parquet', name: '2015 and later', columns: sameNames(names) },
  ],
  sources: [tripMirror, tlcParquet],
  checks: [
    ...tripChecks('pickup_datetime'),
    {
      name: 'rows without a base',
      counts: { nullIn: 'dispatching_base_num' },
      atMost: 0.01,
      onViolation: 'warn',
    },
  ],
};
