import { pipeline, Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { generateTrips } from './generate-trips.ts';
import type { TripFileOptions } from './trip-file-options.ts';

/**
 * The bytes of a gzip-compressed CSV trip file, made as they are read. The text inside is the same everywhere; its
 * compressed form is the same as long as zlib is.
 */
export function generateTripFile(options: TripFileOptions, level = 6): Readable {
  const text = Readable.from(generateTrips(options), { objectMode: false });
  // An error of either stream destroys the compressed one with it, and so reaches its reader.
  return pipeline(text, createGzip({ level }), () => undefined);
}
