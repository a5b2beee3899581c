import { drawQuantile } from './distributions.ts';
import type { PickupSlot } from './pickup-slot.ts';
import { pace } from './profiles.ts';
import type { Random } from './random.ts';

const TOLLS = 612;

/** Seconds that a trip of so many hundredths of a mile takes: slow in the streets, fast beyond eight miles. */
export function drawDuration(distance: number, random: Random): number {
  const street = Math.min(distance, 200) * 2.8;
  const avenue = Math.min(Math.max(distance - 200, 0), 600) * 1.8;
  const highway = Math.max(distance - 800, 0) * 0.9;
  return Math.floor((100 + street + avenue + highway) * drawQuantile(pace, random));
}

/** Tolls of a trip: the bridges and tunnels that long trips cross. */
export function drawTolls(distance: number, random: Random): number {
  return random() < (distance > 600 ? 0.32 : 0.005) ? TOLLS : 0;
}

/** The value, lowered until the slot's layer can be read from it. */
export function carryLayer(value: number, { layer, layers }: PickupSlot): number {
  return Math.floor(value / layers) * layers + layer;
}
