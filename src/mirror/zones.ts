import { weighted, type Weighted } from './distributions.ts';

const ZONES = 265;
const ENTRIES = 1024;

/** Hot zones with their share in 1024ths of all trips; what is left goes to every zone in turn. */
function hotZones(zonesAndShares: readonly number[]): Weighted {
  const entries = new Uint16Array(ENTRIES);
  const hot = weighted(zonesAndShares);
  entries.set(hot);
  for (let i = hot.length; i < ENTRIES; i++) entries[i] = 1 + ((i * 97) % ZONES);
  return entries;
}

/** Where green taxis are hailed: Harlem, Queens along the subway, downtown Brooklyn. */
export const greenPickups = hotZones([
  74, 99, 75, 87, 41, 76, 42, 48, 82, 46, 166, 45, 7, 41, 97, 37, 244, 35, 95, 34, 65, 29, 129, 26, 33, 25,
  130, 21, 25, 20, 260, 19, 116, 19, 66, 18, 181, 16, 43, 15, 223, 14, 52, 12, 152, 9, 255, 9, 134, 9, 92, 9,
  196, 9, 49, 7, 145, 6, 61, 6, 243, 6,
]);

/** Where trips of green taxis end. */
export const greenDropoffs = hotZones([
  74, 36, 42, 43, 41, 29, 75, 26, 129, 20, 166, 18, 7, 18, 238, 18, 236, 18, 244, 14, 82, 11, 116, 15, 223,
  14, 95, 11, 181, 13, 151, 15, 97, 9, 49, 13, 152, 12, 61, 13, 263, 13, 260, 9, 239, 11, 179, 10, 138, 10,
  33, 7, 226, 10, 25, 7, 17, 9, 243, 8,
]);

/** Where trips begin and end whose meter reported nothing: the outer boroughs. */
export const unmeteredZones = hotZones([
  61, 24, 42, 22, 76, 21, 188, 19, 242, 17, 225, 17, 39, 17, 51, 17, 74, 16, 213, 16, 97, 15, 75, 15, 89, 14,
  35, 13, 17, 13, 25, 13, 130, 12, 71, 12, 72, 12, 55, 12, 41, 12, 244, 11, 91, 11, 95, 11, 69, 11, 205, 11,
  14, 11, 254, 10, 181, 10, 33, 10,
]);

/** Where yellow taxis are hailed: Manhattan below Harlem and the airports. */
export const yellowPickups = hotZones([
  132, 43, 186, 42, 48, 40, 239, 39, 237, 38, 142, 35, 236, 33, 238, 32, 263, 32, 141, 31, 230, 27, 138, 27,
  68, 27, 170, 26, 161, 25, 79, 23, 107, 23, 140, 22, 100, 21, 234, 21, 162, 21, 229, 20, 90, 20, 151, 19,
  163, 19, 75, 19, 249, 18, 137, 17, 164, 17, 43, 17,
]);

/** Where trips of yellow taxis end. */
export const yellowDropoffs = hotZones([
  48, 36, 238, 35, 236, 35, 239, 34, 141, 30, 263, 30, 142, 29, 237, 28, 75, 26, 68, 24, 140, 23, 170, 22,
  229, 22, 186, 21, 79, 20, 262, 20, 143, 19, 74, 19, 151, 18, 107, 18, 234, 17, 41, 17, 137, 16, 161, 16,
  230, 16, 164, 16, 90, 15, 162, 15, 249, 15, 233, 14,
]);
