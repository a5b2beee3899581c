/**
 * One row of a trip file. Times are seconds of the wall clock, counted as if it were UTC; amounts are cents,
 * the distance hundredths of a mile.
 */
export interface Trip {
  pickup: number;
  dropoff: number;
  pickupZone: number;
  dropoffZone: number;
  distance: number;
  fare: number;
  extra: number;
  mtaTax: number;
  tip: number;
  tolls: number;
  improvementSurcharge: number;
  /** What only the meter knows; null in the rows at the end of a file. */
  meter: Meter | null;
  /** What only a base knows; for-hire trips have no meter. */
  hire?: Hire;
}

/** The columns that are empty in rows that no meter reported. */
export interface Meter {
  vendor: number;
  storedAndForwarded: boolean;
  rate: number;
  passengers: number;
  payment: number;
  /** Hailed on the street (1) or dispatched (2); a column of green files only. */
  tripType: number;
  congestionSurcharge: number;
}

/** How a for-hire trip came about. Bases and services by their license numbers. */
export interface Hire {
  service: string;
  base: string;
  affiliatedBase: string;
  request: number;
  onScene: number;
  /** How many others it was shared with. */
  shared: number;
  accessible: boolean;
}

/** A trip that a base reported. */
export interface HiredTrip extends Trip {
  meter: null;
  hire: Hire;
}

/** A trip that a meter reported. */
export interface MeteredTrip extends Trip {
  meter: Meter;
}

/** Codes of the column payment_type. */
export const Payment = { credit: 1, cash: 2, noCharge: 3, dispute: 4 } as const;

/** The same trip paid in cash: what a refund is made of. */
export function paidInCash(trip: MeteredTrip): MeteredTrip {
  return { ...trip, tip: 0, meter: { ...trip.meter, payment: Payment.cash } };
}

/** The row that takes a trip back: every amount negative, all other columns of the key the same. */
export function refundOf(trip: MeteredTrip): MeteredTrip {
  return {
    ...trip,
    fare: -trip.fare,
    extra: -trip.extra,
    mtaTax: -trip.mtaTax,
    tolls: -trip.tolls,
    improvementSurcharge: -trip.improvementSurcharge,
    meter: {
      ...trip.meter,
      payment: trip.pickup % 2 === 0 ? Payment.noCharge : Payment.dispute,
      congestionSurcharge: -trip.meter.congestionSurcharge,
    },
  };
}

/** Whether the meter reported a trip. */
export function isMetered(trip: Trip): trip is MeteredTrip {
  return trip.meter !== null;
}

/** The `nth` row (from 1) that shares a trip's key and differs from the trip, and from its other twins, outside of it. */
export function keyTwinOf(trip: Trip, nth: number): Trip {
  const twin = { ...trip, tip: trip.tip + 50 * nth };
  if (twin.meter !== null) twin.meter = { ...twin.meter, payment: Payment.credit };
  if (twin.hire !== undefined) twin.hire = { ...twin.hire, shared: twin.hire.shared + nth };
  return twin;
}
