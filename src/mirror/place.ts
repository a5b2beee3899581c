import { hashNumber } from './random.ts';

/** A point of the city. */
export interface Place {
  longitude: number;
  latitude: number;
}

const ZONES = 265;
const LOST_SHARE = 0.015;
const NOWHERE: Place = { longitude: 0, latitude: 0 };

/**
 * Where in a zone a trip began or ended, always the same for the same trip. Zones are spread over the city without
 * regard to where they really are; some meters report no place at all.
 */
export function placeIn(zone: number, trip: { pickup: number; distance: number }): Place {
  const hash = hashNumber(hashNumber(trip.pickup, trip.distance), zone);
  if ((hash >>> 8) / 2 ** 24 < LOST_SHARE) return NOWHERE;
  const [east, north] = [hash & 0xfff, (hash >>> 12) & 0xfff];
  return {
    longitude: degrees(-74.02 + (((zone * 37) % ZONES) / ZONES) * 0.25, east),
    latitude: degrees(40.58 + (((zone * 101) % ZONES) / ZONES) * 0.32, north),
  };
}

/** Six decimals, as the old meters reported. */
function degrees(zone: number, offset: number): number {
  return Math.round((zone + offset / 1e6) * 1e6) / 1e6;
}
