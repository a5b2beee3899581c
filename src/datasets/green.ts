import type { Dataset } from './types.ts';
import { coordinates, sameNames, tlcParquet, tripChecks, tripMirror } from './trips.ts';

const zoneNames = [
  'VendorID',
  'lpep_pickup_datetime',
  'lpep_dropoff_datetime',
  'store_and_fwd_flag',
  'RatecodeID',
  'PULocationID',
  'DOLocationID',
  'passenger_count',
  'trip_distance',
  'fare_amount',
  'extra',
  'mta_tax',
  'tip_amount',
  'tolls_amount',
  'ehail_fee',
  'improvement_surcharge',
  'total_amount',
  'payment_type',
  'trip_type',
];
const names2019 = [...zoneNames, 'congestion_surcharge'];
const names2025 = [...names2019, 'cbd_congestion_fee'];

/** 2013 to the middle of 2016; the improvement surcharge came in 2015. */
function coordinateNames(improvement: 'improvement_surcharge'[]): string[] {
  return [
    'VendorID',
    'lpep_pickup_datetime',
    'Lpep_dropoff_datetime',
    'Store_and_fwd_flag',
    'RateCodeID',
    'Pickup_longitude',
    'Pickup_latitude',
    'Dropoff_longitude',
    'Dropoff_latitude',
    'Passenger_count',
    'Trip_distance',
    'Fare_amount',
    'Extra',
    'MTA_tax',
    'Tip_amount',
    'Tolls_amount',
    'Ehail_fee',
    ...improvement,
    'Total_amount',
    'Payment_type',
    'Trip_type',
  ];
}

/** Trips of New York's green (borough) taxis. Columns as the TLC's data dictionary of green trips names them. */
export const green: Dataset = {
  name: 'green',
  title: 'Green taxi trips',
  table: 'green_tripdata',
  firstMonth: '2013-08',
  columns: [
    { name: 'vendorid', type: 'integer' },
    { name: 'lpep_pickup_datetime', type: 'timestamp' },
    { name: 'lpep_dropoff_datetime', type: 'timestamp' },
    { name: 'store_and_fwd_flag', type: 'text' },
    { name: 'ratecodeid', type: 'integer' },
    { name: 'pulocationid', type: 'integer' },
    { name: 'dolocationid', type: 'integer' },
    { name: 'passenger_count', type: 'integer' },
    { name: 'trip_distance', type: 'double precision' },
    { name: 'fare_amount', type: 'double precision' },
    { name: 'extra', type: 'double precision' },
    { name: 'mta_tax', type: 'double precision' },
    { name: 'tip_amount', type: 'double precision' },
    { name: 'tolls_amount', type: 'double precision' },
    { name: 'ehail_fee', type: 'double precision' },
    { name: 'improvement_surcharge', type: 'double precision' },
    { name: 'total_amount', type: 'double precision' },
    { name: 'payment_type', type: 'integer' },
    { name: 'trip_type', type: 'integer' },
    { name: 'congestion_surcharge', type: 'double precision' },
    { name: 'cbd_congestion_fee', type: 'double precision' },
    { name: 'pickup_longitude', type: 'double precision' },
    { name: 'pickup_latitude', type: 'double precision' },
    { name: 'dropoff_longitude', type: 'double precision' },
    { name: 'dropoff_latitude', type: 'double precision' },
  ],
  pickupColumn: 'lpep_pickup_datetime',
  naturalKey: [
    'vendorid',
    'lpep_pickup_datetime',
    'lpep_dropoff_datetime',
    'pulocationid',
    'dolocationid',
    'fare_amount',
    'trip_distance',
  ],
  formerKey: coordinates,
  layouts: [
    { format: 'csv', name: '2019 and later', columns: sameNames(names2019) },
    // The second half of 2016 has two empty fields more.
    { format: 'csv', name: '2016-07 to 2018', columns: sameNames(zoneNames), surplusFields: 2 },
    // So has the first half of 2015.
    {
      format: 'csv',
      name: '2015-01 to 2016-06',
      columns: sameNames(coordinateNames(['improvement_surcharge'])),
      surplusFields: 2,
    },
    { format: 'csv', name: '2013-08 to 2014', columns: sameNames(coordinateNames([])), surplusFields: 2 },
    { format: 'parquet', name: '2025 and later', columns: sameNames(names2025) },
    { format: 'parquet', name: '2014 to 2024', columns: sameNames(names2019) },
    { format: 'csv', name: 'Parquet of 2025 and later as CSV', columns: sameNames(names2025) },
  ],
  // There are CSV files of 2013, but the TLC did not rewrite them as Parquet.
  sources: [tripMirror, { ...tlcParquet, firstMonth: '2014-01' }],
  checks: [
    ...tripChecks('lpep_pickup_datetime'),
    // In 2020 up to 46 % came without one.
    { name: 'rows without a vendor', counts: { nullIn: 'vendorid' }, atMost: 0.5, onViolation: 'warn' },
  ],
};
