import { drawQuantile, drawWeighted } from './distributions.ts';
import type { PickupSlot } from './pickup-slot.ts';
import { meteredProfiles, unmeteredProfile } from './profiles.ts';
import type { Random } from './random.ts';
import { carryLayer, drawDuration, drawTolls } from './ride.ts';
import type { HiredTrip } from './trip.ts';

const Service = { uber: 'HV0003', lyft: 'HV0005' } as const;
const UBER_BASES = 24;
const SMALL_BASES = 700;
/** Most small bases do not report zones. */
const WITHOUT_ZONES = 0.4;

/** Draws a trip of one of the high-volume services. Its duration carries the slot's layer. */
export function drawServiceTrip(slot: PickupSlot, random: Random): HiredTrip {
  const service = random() < 0.73 ? Service.uber : Service.lyft;
  const base =
    service === Service.uber ? `B0${2_764 + Math.floor(random() * random() * UBER_BASES) * 5}` : 'B02510';
  const trip = drawTrip(slot, random);
  const waited = 120 + Math.floor(random() * 420);
  return {
    ...trip,
    tip: random() < 0.18 ? 100 + Math.floor(random() * 900) : 0,
    hire: {
      service,
      base,
      affiliatedBase: base,
      request: slot.pickup - waited,
      onScene: slot.pickup - Math.floor(waited * random()),
      shared: random() < 0.04 ? 1 : 0,
      accessible: random() < 0.005,
    },
  };
}

/** Draws a trip of one of the other bases, of which little is reported. Its duration carries the slot's layer. */
export function drawBaseTrip(slot: PickupSlot, random: Random): HiredTrip {
  const trip = drawTrip(slot, random);
  const base = baseNumber(random() * random());
  const hasZones = random() >= WITHOUT_ZONES;
  const { pickup } = trip;
  return {
    ...trip,
    ...(hasZones ? {} : { pickupZone: 0, dropoffZone: 0 }),
    hire: {
      service: '',
      base,
      affiliatedBase: random() < 0.9 ? base : baseNumber(random()),
      request: pickup,
      onScene: pickup,
      shared: random() < 0.03 ? 1 : 0,
      accessible: false,
    },
  };
}

function baseNumber(share: number): string {
  return `B${String(1 + Math.floor(share * SMALL_BASES) * 4).padStart(5, '0')}`;
}

function drawTrip(slot: PickupSlot, random: Random): Omit<HiredTrip, 'hire'> {
  const distance = Math.floor(drawQuantile(unmeteredProfile.distances, random));
  const duration = carryLayer(Math.max(60, drawDuration(distance, random)), slot);
  const { pickupZones, dropoffZones } = meteredProfiles[random() < 0.5 ? 'yellow' : 'green'];
  return {
    pickup: slot.pickup,
    dropoff: slot.pickup + duration,
    pickupZone: drawWeighted(pickupZones, random),
    dropoffZone: drawWeighted(dropoffZones, random),
    distance,
    fare: Math.max(700, Math.floor(250 + distance * 1.6 + (duration / 60) * 35)),
    extra: 0,
    mtaTax: 0,
    tip: 0,
    tolls: drawTolls(distance, random),
    improvementSurcharge: 0,
    meter: null,
  };
}
