import type { Trip } from './trip.ts';
import type { MirroredDataset } from './trip-file-options.ts';

/** The header lines of 2019 and later, as published. */
export const headers: Readonly<Record<MirroredDataset, string>> = {
  yellow:
    'VendorID,tpep_pickup_datetime,tpep_dropoff_datetime,passenger_count,trip_distance,RatecodeID,' +
    'store_and_fwd_flag,PULocationID,DOLocationID,payment_type,fare_amount,extra,mta_tax,tip_amount,' +
    'tolls_amount,improvement_surcharge,total_amount,congestion_surcharge',
  green:
    'VendorID,lpep_pickup_datetime,lpep_dropoff_datetime,store_and_fwd_flag,RatecodeID,PULocationID,' +
    'DOLocationID,passenger_count,trip_distance,fare_amount,extra,mta_tax,tip_amount,tolls_amount,' +
    'ehail_fee,improvement_surcharge,total_amount,payment_type,trip_type,congestion_surcharge',
};

/** Writes a trip as a line without its end. */
export type RowWriter = (trip: Trip) => string;

/** A writer of one data set's rows. */
export function createRowWriter(dataset: MirroredDataset): RowWriter {
  const time = createTimeWriter();
  return dataset === 'yellow' ? (trip) => yellowRow(trip, time) : (trip) => greenRow(trip, time);
}

type TimeWriter = (second: number) => string;

function yellowRow(trip: Trip, time: TimeWriter): string {
  const { meter } = trip;
  const times = `${time(trip.pickup)},${time(trip.dropoff)}`;
  const zones = `${trip.pickupZone},${trip.dropoffZone}`;
  const amounts = `${moneyUpToTolls(trip)},${money(trip.improvementSurcharge)},${money(totalOf(trip))}`;
  const distance = miles(trip.distance);
  if (meter === null) return `,${times},,${distance},,,${zones},,${amounts},`;
  return (
    `${meter.vendor},${times},${meter.passengers},${distance},${meter.rate},${flag(meter.storedAndForwarded)},` +
    `${zones},${meter.payment},${amounts},${money(meter.congestionSurcharge)}`
  );
}

/** The column ehail_fee is empty in every published row. */
function greenRow(trip: Trip, time: TimeWriter): string {
  const { meter } = trip;
  const times = `${time(trip.pickup)},${time(trip.dropoff)}`;
  const zones = `${trip.pickupZone},${trip.dropoffZone}`;
  const amounts = `${moneyUpToTolls(trip)},,${money(trip.improvementSurcharge)},${money(totalOf(trip))}`;
  const distance = miles(trip.distance);
  if (meter === null) return `,${times},,,${zones},,${distance},${amounts},,,`;
  return (
    `${meter.vendor},${times},${flag(meter.storedAndForwarded)},${meter.rate},${zones},${meter.passengers},` +
    `${distance},${amounts},${meter.payment},${meter.tripType},${money(meter.congestionSurcharge)}`
  );
}

function moneyUpToTolls({ fare, extra, mtaTax, tip, tolls }: Trip): string {
  return `${money(fare)},${money(extra)},${money(mtaTax)},${money(tip)},${money(tolls)}`;
}

function totalOf({ fare, extra, mtaTax, tip, tolls, improvementSurcharge, meter }: Trip): number {
  return fare + extra + mtaTax + tip + tolls + improvementSurcharge + (meter?.congestionSurcharge ?? 0);
}

function flag(on: boolean): string {
  return on ? 'Y' : 'N';
}

const PREPARED = 10_000;
const twoDigits = Array.from({ length: 100 }, (_, n) => String(n).padStart(2, '0'));
const preparedMoney = Array.from({ length: PREPARED }, (_, cents) => spellMoney(cents));

/** Amounts as published, without closing zeros: `0`, `6.5`, `-0.5`, `38.19`. */
function money(cents: number): string {
  if (cents < 0) return `-${money(-cents)}`;
  return preparedMoney[cents] ?? spellMoney(cents);
}

function spellMoney(cents: number): string {
  return String(cents / 100);
}

/** Distances as published, two decimals and no zero before the point: `.00`, `.50`, `1.80`. */
function miles(hundredths: number): string {
  const whole = Math.floor(hundredths / 100);
  return `${whole === 0 ? '' : whole}.${twoDigits[hundredths % 100] as string}`;
}

/** Times as `2021-03-01 00:20:18`; a file has few days, so each is spelled once. */
function createTimeWriter(): TimeWriter {
  const days = new Map<number, string>();
  return (second) => {
    const day = Math.floor(second / 86_400);
    let text = days.get(day);
    if (text === undefined) {
      text = new Date(day * 86_400_000).toISOString().slice(0, 10);
      days.set(day, text);
    }
    const rest = second - day * 86_400;
    const hours = twoDigits[Math.floor(rest / 3_600)] as string;
    const minutes = twoDigits[Math.floor((rest % 3_600) / 60)] as string;
    return `${text} ${hours}:${minutes}:${twoDigits[rest % 60] as string}`;
  };
}
