/** What the activities of a worker work with, from a few settings that have defaults. */
import { hostname } from 'node:os';
import type { Deps } from '../activities/deps.ts';
import { createPace } from '../activities/pace.ts';
import { createSlots } from '../activities/slots.ts';
import { DEFAULT_TASK_QUEUE, fileQueueOf } from '../contract.ts';
import { COPY_CONNECTIONS, DEFAULT_COPIES } from '../database/connections.ts';
import type { Pool } from '../database/pool.ts';
import { cacheId } from '../source/cache.ts';
import { version } from '../version.ts';

/** How a worker is to work. */
export interface ActivitySettings {
  /** Where it keeps files while it loads them; workers that share it share their work on them. */
  cacheDirectory: string;
  /** The queue of its workflows, `fareflow` by default. */
  taskQueue?: string | undefined;
  /** Files that are copied at a time, 2 by default. */
  copies?: number | undefined;
  /** How many loads may work in the database at a time, over all of its workers; no limit by default. */
  maxLoads?: number | undefined;
  /** How often each source may be asked, over all workers of the database; no limit by default. */
  requestsPerMinute?: number | undefined;
  /** URL templates in place of the built-in sources, and hosts that may be fetched from besides. */
  csvUrl?: string | undefined;
  parquetUrl?: string | undefined;
  allowedHosts?: readonly string[] | undefined;
  /** What a file may unpack to; no limit by default. */
  maxUnpackedBytes?: number | undefined;
  /** Mirrors that may be put to use while the worker runs. */
  readMirrors?: Deps['readMirrors'] | undefined;
}

/** Makes what `createActivities` takes. Its `fileQueue` is the queue that a worker beside the one of workflows must poll. */
export async function createDeps(pool: Pool, settings: ActivitySettings): Promise<Deps> {
  const { csvUrl, parquetUrl, allowedHosts = [], maxUnpackedBytes } = settings;
  const { maxLoads, requestsPerMinute, readMirrors } = settings;
  const cache = { directory: settings.cacheDirectory };
  return {
    pool,
    cache,
    fileQueue: fileQueueOf(settings.taskQueue ?? DEFAULT_TASK_QUEUE, await cacheId(cache)),
    sources: {
      csvUrl,
      parquetUrl,
      allowedHosts,
      ...(maxUnpackedBytes === undefined ? {} : { maxUnpackedBytes }),
    },
    ...(readMirrors === undefined ? {} : { readMirrors }),
    worker: `${hostname()}/${process.pid}`,
    codeVersion: version,
    copyConnections: COPY_CONNECTIONS,
    copySlots: createSlots(settings.copies ?? DEFAULT_COPIES),
    maxLoads,
    ...(requestsPerMinute === undefined ? {} : { pace: createPace(pool, requestsPerMinute) }),
  };
}
