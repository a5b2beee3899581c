import { drawBaseTrip, drawServiceTrip } from './hired-trip.ts';
import { drawMeteredTrip } from './metered-trip.ts';
import { type PickupSlot, slotsInMonth, slotsOutsideMonth } from './pickup-slot.ts';
import { meteredHours, unmeteredHours } from './profiles.ts';
import { createRandom, hashNumber, hashText, type Random } from './random.ts';
import { chosenBefore, isChosen } from './spread.ts';
import { isMetered, keyTwinOf, paidInCash, refundOf, type Trip } from './trip.ts';
import type { MirroredDataset, TripFilePlan } from './trip-file-options.ts';
import { drawUnmeteredTrip } from './unmetered-trip.ts';

/**
 * The rows of a trip file in their order. A ride is a function of its number alone, so that a surplus row repeats
 * a ride from the first half of what was written so far without anybody having kept it.
 */
export function* tripSequence(plan: TripFilePlan): Generator<Trip, void> {
  const surplus = plan.keyTwins + plan.exactDuplicates;
  const ride = createRides(plan);
  let lastTwin = -1;
  let twinsOfRide = 0;

  for (let i = 0; i < plan.rides; i++) {
    const trip = ride(i);
    if (isRefunded(plan, i) && isMetered(trip)) yield refundOf(trip);
    yield trip;
    for (let n = chosenBefore(i, surplus, plan.rides); n < chosenBefore(i + 1, surplus, plan.rides); n++) {
      const original = rideInMonth(plan, Math.floor(i / 2));
      if (isChosen(n, plan.keyTwins, surplus)) {
        twinsOfRide = original === lastTwin ? twinsOfRide + 1 : 1;
        lastTwin = original;
        yield keyTwinOf(ride(original), twinsOfRide);
      } else {
        yield ride(original);
      }
    }
  }
  yield* nullTail(plan);
}

/** The ride of a number, the same at every call. */
function createRides(plan: TripFilePlan): (index: number) => Trip {
  const { dataset, month, rides, outsideMonth } = plan;
  const seed = seedOf(plan, 'metered');
  const inside = slotsInMonth(month, rides - outsideMonth, meteredHours, 1, seed);
  const outside = slotsOutsideMonth(month, outsideMonth);

  return function ride(index) {
    const random = createRandom(hashNumber(seed, index));
    const outsideBefore = chosenBefore(index, outsideMonth, rides);
    if (isChosen(index, outsideMonth, rides)) {
      return drawTrip(dataset, outside(outsideBefore, random), random);
    }
    const trip = drawTrip(dataset, inside(index - outsideBefore, random), random);
    return isRefunded(plan, index) && isMetered(trip) ? paidInCash(trip) : trip;
  };
}

function drawTrip(dataset: MirroredDataset, slot: PickupSlot, random: Random): Trip {
  if (dataset === 'fhv') return drawBaseTrip(slot, random);
  return dataset === 'fhvhv' ? drawServiceTrip(slot, random) : drawMeteredTrip(dataset, slot, random);
}

function* nullTail(plan: TripFilePlan): Generator<Trip, void> {
  const seed = seedOf(plan, 'unmetered');
  const slots = slotsInMonth(plan.month, plan.nullTail, unmeteredHours, 60, seed);
  for (let i = 0; i < plan.nullTail; i++) {
    const random = createRandom(hashNumber(seed, i));
    yield drawUnmeteredTrip(slots(i, random), random);
  }
}

/** Refunds are of rides inside the month, so that they leave the number of rows outside of it alone. */
function isRefunded({ refundPairs, rides, outsideMonth }: TripFilePlan, index: number): boolean {
  if (isChosen(index, outsideMonth, rides)) return false;
  return isChosen(index - chosenBefore(index, outsideMonth, rides), refundPairs, rides - outsideMonth);
}

/** The last ride inside the month up to a number; the first ride is one unless all are outside. */
function rideInMonth({ rides, outsideMonth }: TripFilePlan, index: number): number {
  let inside = index;
  while (inside > 0 && isChosen(inside, outsideMonth, rides)) inside -= 1;
  return inside;
}

function seedOf({ dataset, month, seed }: TripFilePlan, part: string): number {
  return hashText(`${dataset} ${month} ${seed} ${part}`);
}
