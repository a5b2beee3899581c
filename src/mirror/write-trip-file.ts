import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { generateTripFile } from './generate-trip-file.ts';
import { planTripFile, type TripFileOptions } from './trip-file-options.ts';

/** Writes a trip file, `.csv.gz` or `.parquet`, to a path that must not be there yet. */
export async function writeTripFile(
  options: TripFileOptions,
  path: string,
  signal?: AbortSignal,
): Promise<void> {
  const plan = planTripFile(options);
  if (plan.format === 'csv') {
    await pipeline(generateTripFile(options), createWriteStream(path, { flags: 'wx' }), { signal });
    return;
  }
  // DuckDB's library is large, and nobody else in this room needs it.
  const { writeParquet } = await import('./write-parquet.ts');
  await writeParquet(plan, path, signal);
}
