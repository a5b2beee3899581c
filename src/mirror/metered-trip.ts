import { drawQuantile, drawWeighted } from './distributions.ts';
import { secondOfDay, weekdayOf, type PickupSlot } from './pickup-slot.ts';
import { meteredProfiles, Tip, type MeteredProfile } from './profiles.ts';
import type { Random } from './random.ts';
import { carryLayer, drawDuration, drawTolls } from './ride.ts';
import { Payment, type MeteredTrip } from './trip.ts';
import type { TaxiDataset } from './trip-file-options.ts';

const Rate = { standard: 1, airport: 2, negotiated: 5 } as const;
const AIRPORT_ZONE = 132;

/** Draws a trip that the meter reported. Its duration carries the slot's layer. */
export function drawMeteredTrip(dataset: TaxiDataset, slot: PickupSlot, random: Random): MeteredTrip {
  const profile = meteredProfiles[dataset];
  const rate = drawRate(profile, random);
  const vendor = random() < profile.secondVendor ? 2 : 1;
  const distance = drawDistance(profile, rate, vendor, random);
  const duration = carryLayer(drawDuration(distance, random), slot);
  const pickupZone = rate === Rate.airport ? AIRPORT_ZONE : drawWeighted(profile.pickupZones, random);
  const staysInZone = random() < profile.sameZone;
  const congested = random() < profile.congested;

  const trip: MeteredTrip = {
    pickup: slot.pickup,
    dropoff: slot.pickup + duration,
    pickupZone,
    dropoffZone: staysInZone ? pickupZone : drawWeighted(profile.dropoffZones, random),
    distance,
    fare: fareOf(rate, distance, duration),
    extra: rate === Rate.standard ? extraAt(slot.pickup) : 0,
    mtaTax: rate === Rate.negotiated ? 0 : 50,
    tip: 0,
    tolls: drawTolls(distance, random),
    improvementSurcharge: 30,
    meter: {
      vendor,
      storedAndForwarded: vendor === 1 && random() < 0.02,
      rate,
      passengers: drawWeighted(profile.passengers, random),
      payment: drawWeighted(profile.payments, random),
      tripType: rate === Rate.negotiated ? 2 : 1,
      congestionSurcharge: congested ? profile.congestionSurcharge : 0,
    },
  };
  if (trip.meter.payment === Payment.credit) trip.tip = drawTip(profile, trip, random);
  return trip;
}

function drawRate(profile: MeteredProfile, random: Random): number {
  const share = random();
  if (share < profile.airportFlat) return Rate.airport;
  return share < profile.airportFlat + profile.negotiated ? Rate.negotiated : Rate.standard;
}

/** The first vendor's meters report tenths of a mile. */
function drawDistance(profile: MeteredProfile, rate: number, vendor: number, random: Random): number {
  const miles =
    rate === Rate.airport
      ? 1500 + Math.floor(random() * 500)
      : Math.max(0, Math.floor(drawQuantile(profile.distances, random)));
  return vendor === 1 ? Math.floor(miles / 10) * 10 : miles;
}

/** Never zero: a refund tells itself from its trip by the fare's sign. */
function fareOf(rate: number, distance: number, duration: number): number {
  if (rate === Rate.airport) return 5200;
  if (rate === Rate.negotiated) return 500 + Math.round(distance / 40) * 100;
  const metered = 200 + distance * 2.06 + (duration / 60) * 31;
  return Math.max(250, Math.round(metered / 50) * 50);
}

/** Half a dollar by night, a dollar in the evening of workdays. */
function extraAt(pickup: number): number {
  const hour = Math.floor(secondOfDay(pickup) / 3_600);
  if (hour >= 20 || hour < 6) return 50;
  return hour >= 16 && weekdayOf(pickup) < 5 ? 100 : 0;
}

function drawTip(profile: MeteredProfile, trip: MeteredTrip, random: Random): number {
  const habit = drawWeighted(profile.tips, random);
  const bill =
    trip.fare +
    trip.extra +
    trip.mtaTax +
    trip.tolls +
    trip.improvementSurcharge +
    trip.meter.congestionSurcharge;
  if (habit === Tip.wholeDollars)
    return Math.max(1, Math.round((bill * (0.1 + 0.15 * random())) / 100)) * 100;
  return Math.round((bill * habit) / 100);
}
