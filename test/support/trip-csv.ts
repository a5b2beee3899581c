/** Trip files of a few rows, written out by hand. */
import { headers } from '../../src/mirror/csv-row.ts';

/** Values by the header's names; those left out are an ordinary trip's. */
export type TripRow = Readonly<Record<string, string | number | null>>;

/** The header names of green files, as published. */
export const greenHeader = headers.green.split(',');

/** An ordinary green trip that begins at `pickup`, with whatever else is different about it. */
export function greenTrip(pickup: string, differing: TripRow = {}): TripRow {
  return {
    VendorID: 2,
    lpep_pickup_datetime: pickup,
    lpep_dropoff_datetime: pickup,
    store_and_fwd_flag: 'N',
    RatecodeID: 1,
    PULocationID: 74,
    DOLocationID: 168,
    passenger_count: 1,
    trip_distance: 1.5,
    fare_amount: 8.5,
    extra: 0,
    mta_tax: 0.5,
    tip_amount: 0,
    tolls_amount: 0,
    ehail_fee: null,
    improvement_surcharge: 0.3,
    total_amount: 9.3,
    payment_type: 2,
    trip_type: 1,
    congestion_surcharge: 0,
    ...differing,
  };
}

/** A green file of these rows, its columns in the order of `header` and its lines ended by `eol`. */
export function greenCsv(
  rows: readonly TripRow[],
  { header = greenHeader, eol = '\r\n' }: { header?: readonly string[]; eol?: string } = {},
): string {
  const lines = rows.map((row) => header.map((name) => row[name] ?? '').join(','));
  return [header.join(','), ...lines].map((line) => line + eol).join('');
}
