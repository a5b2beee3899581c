import type { Pool } from '../database/pool.ts';
import type { FileCache } from '../source/cache.ts';
import type { HomeMirrors } from '../source/home-mirrors.ts';
import type { SourceSettings } from '../source/locate.ts';
import type { Pace } from './pace.ts';
import type { Slots } from './slots.ts';

/** What the activities of a worker share. */
export interface Deps {
  pool: Pool;
  cache: FileCache;
  /** The queue that reaches the workers of this cache. */
  fileQueue: string;
  sources: SourceSettings;
  /** Mirrors that may be put to use while the worker runs. */
  readMirrors?: () => Promise<HomeMirrors>;
  /** How this worker signs the ledger: host and process. */
  worker: string;
  codeVersion: string;
  /** Connections that copy one file side by side. */
  copyConnections: number;
  /** How many files are copied at a time. */
  copySlots: Slots;
  /** How many loads may work in the database at a time, over all workers; as many as there are if it is not set. */
  maxLoads?: number | undefined;
  /** When a source may be asked; at any time if it is not set. */
  pace?: Pace | undefined;
}

/** Where files come from, and may come from, at this moment. */
export async function sourceSettings({ sources, readMirrors }: Deps): Promise<SourceSettings> {
  if (readMirrors === undefined) return sources;
  const { inUse, trusted } = await readMirrors();
  return {
    ...sources,
    csvUrl: sources.csvUrl ?? inUse.csvUrl,
    parquetUrl: sources.parquetUrl ?? inUse.parquetUrl,
    trusted,
  };
}
