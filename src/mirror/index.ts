export { generateTripFile } from './generate-trip-file.ts';
export { generateTrips } from './generate-trips.ts';
export { startMirror, type Mirror, type MirrorOptions } from './start-mirror.ts';
export type { MirroredDataset, TripFileOptions } from './trip-file-options.ts';
export { writeTripFile } from './write-trip-file.ts';
