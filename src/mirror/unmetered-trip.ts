import { drawQuantile, drawWeighted } from './distributions.ts';
import type { PickupSlot } from './pickup-slot.ts';
import { unmeteredProfile as profile } from './profiles.ts';
import type { Random } from './random.ts';
import { carryLayer, drawDuration, drawTolls } from './ride.ts';
import type { Trip } from './trip.ts';

const LEAST_FARE = 800;

/**
 * Draws a trip of which the meter reported nothing, its times on whole minutes. Its distance carries the slot's
 * layer.
 */
export function drawUnmeteredTrip(slot: PickupSlot, random: Random): Trip {
  const distance = carryLayer(Math.floor(drawQuantile(profile.distances, random)), slot);
  const minutes = Math.max(1, Math.round(drawDuration(distance, random) / 60));
  const fare = 500 + distance * 1.84 + minutes * 18 + drawQuantile(profile.fareResiduals, random);
  const pickupZone = drawWeighted(profile.zones, random);
  return {
    pickup: slot.pickup,
    dropoff: slot.pickup + minutes * 60,
    pickupZone,
    dropoffZone: random() < profile.sameZone ? pickupZone : drawWeighted(profile.zones, random),
    distance,
    fare: Math.max(LEAST_FARE, Math.floor(fare)),
    extra: random() < 0.04 ? 275 : 0,
    mtaTax: random() < 0.055 ? 50 : 0,
    tip: 0,
    tolls: drawTolls(distance, random),
    improvementSurcharge: 30,
    meter: null,
  };
}
