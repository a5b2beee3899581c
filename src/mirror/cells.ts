import { placeIn } from './place.ts';
import { Payment, type Meter, type Trip } from './trip.ts';
import type { TripFilePlan } from './trip-file-options.ts';
import { allDigits, createTimeWriter, miles, money } from './values.ts';
import { namesOf } from './written-layout.ts';

/** Spells the value that a trip has in one column; an empty text where it has none. */
export type Cell = (trip: Trip) => string;

/** Columns that Parquet files have had all along, and the month from which they hold values. */
const filledSince: Readonly<Record<string, string>> = {
  congestion_surcharge: '2019-01',
  airport_fee: '2020-11',
  wav_match_flag: '2020-01',
};

/** Zones of the airports, from which a fee is taken. */
const AIRPORTS = [132, 138];
/** Columns of whole numbers that turn into decimal ones as soon as a program has met an empty value in them. */
const nullableNumbers = ['vendorid', 'passenger_count', 'ratecodeid', 'payment_type', 'trip_type'];

/** The cells of a file's rows, in the order of its columns. */
export function createCells(plan: TripFilePlan): Cell[] {
  const names = namesOf(plan.written);
  const columns = new Set(names.flatMap(([, column]) => column ?? []));
  const spell = spellingOf(plan);
  const amounts = amountsOf(plan);
  const all = { ...timesOf(), ...reportedOf(plan), ...hiredOf(), ...placesOf(plan) };
  const total: Cell = (trip) => {
    let sum = trip.fare + trip.extra + trip.mtaTax + trip.tip + trip.tolls;
    for (const [column, amount] of Object.entries(amounts.later)) {
      if (columns.has(column)) sum += amount(trip) ?? 0;
    }
    return spell.money(sum);
  };
  const asMoney = Object.fromEntries(
    Object.entries({ ...amounts.always, ...amounts.later }).map(([column, amount]): [string, Cell] => [
      column,
      (trip) => {
        const cents = amount(trip);
        return cents === null ? '' : spell.money(cents);
      },
    ]),
  );
  const cells: Record<string, Cell> = { ...all, ...asMoney, total_amount: total };
  return names.map(([, column]) => {
    const cell = column === null || isEmpty(plan, column) ? undefined : cells[column];
    if (cell === undefined) return () => '';
    if (!plan.decimalIntegers || !nullableNumbers.includes(column ?? '')) return cell;
    return (trip) => {
      const text = cell(trip);
      return text === '' ? '' : `${text}.0`;
    };
  });
}

function isEmpty({ format, month }: TripFilePlan, column: string): boolean {
  return format === 'parquet' && month < (filledSince[column] ?? '');
}

function spellingOf({ written }: TripFilePlan): {
  money: (cents: number) => string;
  miles: (n: number) => string;
} {
  if (!written.allDigits) return { money, miles };
  const spell = (hundredths: number) => allDigits(hundredths / 100);
  return { money: spell, miles: spell };
}

function timesOf(): Record<string, Cell> {
  const time = createTimeWriter();
  const pickup: Cell = (trip) => time(trip.pickup);
  const dropoff: Cell = (trip) => time(trip.dropoff);
  return {
    tpep_pickup_datetime: pickup,
    lpep_pickup_datetime: pickup,
    pickup_datetime: pickup,
    tpep_dropoff_datetime: dropoff,
    lpep_dropoff_datetime: dropoff,
    dropoff_datetime: dropoff,
    request_datetime: ({ hire }) => (hire === undefined ? '' : time(hire.request)),
    on_scene_datetime: ({ hire }) => (hire === undefined ? '' : time(hire.onScene)),
  };
}

type Amount = (trip: Trip) => number | null;

/** Amounts in cents; those that came later are part of a total only where they are written. */
function amountsOf(plan: TripFilePlan): Record<'always' | 'later', Record<string, Amount>> {
  const congestion: Amount = ({ meter, hire, pickupZone }) => {
    if (meter !== null) return meter.congestionSurcharge;
    return hire === undefined ? null : hire.shared > 0 || pickupZone % 2 === 0 ? 75 : 275;
  };
  return {
    always: {
      fare_amount: (trip) => trip.fare,
      base_passenger_fare: (trip) => trip.fare,
      extra: (trip) => trip.extra,
      // The first year has none.
      mta_tax: (trip) => (plan.written.layout.name === '2009' ? null : trip.mtaTax),
      tip_amount: (trip) => trip.tip,
      tips: (trip) => trip.tip,
      tolls_amount: (trip) => trip.tolls,
      tolls: (trip) => trip.tolls,
      bcf: (trip) => Math.round(trip.fare * 0.03),
      sales_tax: (trip) => Math.round(trip.fare * 0.08875),
      driver_pay: (trip) => Math.round(trip.fare * 0.75),
    },
    later: {
      improvement_surcharge: (trip) => trip.improvementSurcharge,
      congestion_surcharge: isEmpty(plan, 'congestion_surcharge') ? () => null : congestion,
      airport_fee: (trip) => airportFee(trip, plan),
      cbd_congestion_fee: (trip) => ((congestion(trip) ?? 0) > 0 ? 75 : 0),
    },
  };
}

function airportFee({ meter, hire, pickupZone, fare }: Trip, plan: TripFilePlan): number | null {
  if (isEmpty(plan, 'airport_fee') || (meter === null && hire === undefined)) return null;
  if (!AIRPORTS.includes(pickupZone)) return 0;
  const fee = meter === null ? 250 : 125;
  return fare < 0 ? -fee : fee;
}

/** What a taxi reports, in words before 2015. */
function reportedOf(plan: TripFilePlan): Record<string, Cell> {
  const { layout } = plan.written;
  const ofMeter = (value: (meter: Meter, trip: Trip) => number | string): Cell => {
    return (trip) => (trip.meter === null ? '' : String(value(trip.meter, trip)));
  };
  const { miles } = spellingOf(plan);
  return {
    vendorid: ofMeter(({ vendor }) => vendor),
    vendor_name: ofMeter(({ vendor }, { pickupZone }) => vendorWord(vendor, pickupZone)),
    passenger_count: ofMeter(({ passengers }) => passengers),
    trip_distance: ({ distance }) => miles(distance),
    trip_miles: ({ distance }) => miles(distance),
    ratecodeid: layout.name === '2009' ? () => '' : ofMeter(({ rate }) => rate),
    store_and_fwd_flag: ofMeter((meter) => flagWord(meter, layout.name)),
    payment_type: ofMeter(({ payment }) => payment),
    payment_name: ofMeter(({ payment }, { pickup }) => paymentWord(payment, plan.month, pickup)),
    trip_type: ofMeter(({ tripType }) => tripType),
    // Empty in every published row.
    ehail_fee: () => '',
    pulocationid: ({ pickupZone }) => (pickupZone === 0 ? '' : String(pickupZone)),
    dolocationid: ({ dropoffZone }) => (dropoffZone === 0 ? '' : String(dropoffZone)),
  };
}

function vendorWord(vendor: number, zone: number): string {
  if (vendor === 1) return 'CMT';
  return zone % 16 === 0 ? 'DDS' : 'VTS';
}

/** Only one vendor's meters knew, and at first they said it in numbers. */
function flagWord({ vendor, storedAndForwarded }: Meter, layout: string): string {
  if (layout === '2009') return vendor === 1 ? String(Number(storedAndForwarded)) : '';
  if (layout.startsWith('2010') && vendor !== 1) return '';
  return storedAndForwarded ? 'Y' : 'N';
}

const paymentWords: Readonly<Record<number, readonly string[]>> = {
  [Payment.credit]: ['Credit', 'CREDIT', 'Cre', 'CRD', 'CRE'],
  [Payment.cash]: ['CASH', 'Cash', 'Cas', 'CSH', 'CAS'],
  [Payment.noCharge]: ['No Charge', 'No Charge', 'No ', 'NOC', 'NA '],
  [Payment.dispute]: ['Dispute', 'Dispute', 'Dis', 'DIS', 'DIS'],
};

/** The words changed from year to year, and in the first two with the vendor. */
function paymentWord(payment: number, month: string, pickup: number): string {
  const words = paymentWords[payment] ?? [];
  const choice = Math.abs(pickup) % 3;
  const index = month < '2010' ? choice % 2 : month < '2011' ? 2 + choice : 3;
  return words[index] ?? 'UNK';
}

/** What a base reports. */
function hiredOf(): Record<string, Cell> {
  const yes = (on: boolean | undefined) => (on === true ? 'Y' : 'N');
  return {
    hvfhs_license_num: ({ hire }) => hire?.service ?? '',
    dispatching_base_num: ({ hire }) => hire?.base ?? '',
    originating_base_num: ({ hire }) => hire?.base ?? '',
    affiliated_base_number: ({ hire }) => hire?.affiliatedBase ?? '',
    trip_time: ({ pickup, dropoff }) => String(dropoff - pickup),
    sr_flag: ({ hire }) => (hire === undefined || hire.shared === 0 ? '' : String(hire.shared)),
    shared_request_flag: ({ hire }) => yes((hire?.shared ?? 0) > 0),
    shared_match_flag: ({ hire, pickup }) => yes((hire?.shared ?? 0) > 0 && pickup % 2 === 0),
    // So it is published.
    access_a_ride_flag: () => ' ',
    wav_request_flag: ({ hire }) => yes(hire?.accessible),
    wav_match_flag: ({ hire }) => yes(hire?.accessible),
  };
}

function placesOf({ written, month }: TripFilePlan): Record<string, Cell> {
  // From 2015 on in single precision, spelled as if it were double.
  const spell =
    month < '2015' || written.allDigits ? allDigits : (degrees: number) => allDigits(Math.fround(degrees));
  return {
    pickup_longitude: (trip) => spell(placeIn(trip.pickupZone, trip).longitude),
    pickup_latitude: (trip) => spell(placeIn(trip.pickupZone, trip).latitude),
    dropoff_longitude: (trip) => spell(placeIn(trip.dropoffZone, trip).longitude),
    dropoff_latitude: (trip) => spell(placeIn(trip.dropoffZone, trip).latitude),
  };
}
