import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { MonthString } from '../contract.ts';
import { addMonths } from '../datasets/month.ts';
import { textOf } from './generate-trips.ts';
import type { StoredFile } from './serve-file.ts';
import { isTaxi, planTripFile, type TripFileOptions } from './trip-file-options.ts';
import { writeTripFile } from './write-trip-file.ts';

/** Generated trip files on disk. */
export interface TripFileStore {
  /** The file of these options, generated at the first call whatever the number of callers. */
  get(options: TripFileOptions): Promise<StoredFile>;
  /** Stops what is being generated and removes the directory unless the caller named it. */
  close(): Promise<void>;
}

/** Opens a store in a directory that outlives it, or in a temporary one. */
export async function openTripFileStore(directory?: string): Promise<TripFileStore> {
  if (directory !== undefined) await mkdir(directory, { recursive: true });
  const root = directory ?? (await mkdtemp(join(tmpdir(), 'trip-mirror-')));
  const files = new Map<string, Promise<StoredFile>>();
  const closing = new AbortController();

  return {
    get(options) {
      const path = join(root, fileName(options));
      let file = files.get(path);
      if (file === undefined) {
        file = provide(options, path, closing.signal);
        files.set(path, file);
        // What failed is tried again by the next request.
        file.catch(() => files.delete(path));
      }
      return file;
    },
    async close() {
      closing.abort();
      await Promise.allSettled(files.values());
      if (directory === undefined) await rm(root, { recursive: true, force: true });
    },
  };
}

async function provide(options: TripFileOptions, path: string, signal: AbortSignal): Promise<StoredFile> {
  if (!(await exists(path))) await generate(options, path, signal);
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash, { signal });
  const { size } = await stat(path);
  const lastModified = publicationOf(options.month).toUTCString();
  return { path, sizeBytes: size, etag: `"${hash.digest('hex')}"`, lastModified };
}

/** A file under its own name is always a whole one. */
async function generate(options: TripFileOptions, path: string, signal: AbortSignal): Promise<void> {
  const unfinished = `${path}.${randomUUID()}.tmp`;
  try {
    await writeTripFile(options, unfinished, signal);
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/**
 * The name tells options apart, and generators too: it covers a few rows of every kind, so that a directory never
 * serves what an earlier version of the generator wrote.
 */
function fileName(options: TripFileOptions): string {
  const plan = planTripFile(options);
  const few = { outsideMonth: 2, keyTwins: 2, exactDuplicates: 2 };
  const fewOfTaxis = isTaxi(plan.dataset) ? { refundPairs: 2, nullTail: 20 } : {};
  const sample = planTripFile({ ...options, seed: plan.seed, rows: 60, ...few, ...fewOfTaxis });
  const hash = createHash('sha256').update(JSON.stringify(plan));
  for (const chunk of textOf(sample)) hash.update(chunk);
  const extension = plan.format === 'csv' ? 'csv.gz' : 'parquet';
  return `${plan.dataset}_tripdata_${plan.month}.${hash.digest('hex').slice(0, 16)}.${extension}`;
}

/** The TLC publishes a month about two months after it ended. */
function publicationOf(month: MonthString): Date {
  return new Date(`${addMonths(month, 3)}-01T00:00:00Z`);
}
