import type { Pool } from '../database/pool.ts';
import type { FileCache } from '../source/cache.ts';
import type { SourceSettings } from '../source/locate.ts';
import type { Slots } from './slots.ts';

/** What the activities of a worker share. */
export interface Deps {
  pool: Pool;
  cache: FileCache;
  /** The queue that reaches the workers of this cache. */
  fileQueue: string;
  sources: SourceSettings;
  /** Templates that became trusted while the worker runs. */
  readTrusted?: () => Promise<readonly string[]>;
  /** How this worker signs the ledger: host and process. */
  worker: string;
  codeVersion: string;
  /** Connections that copy one file side by side. */
  copyConnections: number;
  /** How many files are copied at a time. */
  copySlots: Slots;
}

/** What may be fetched now. */
export async function sourceSettings({ sources, readTrusted }: Deps): Promise<SourceSettings> {
  return readTrusted === undefined ? sources : { ...sources, trusted: await readTrusted() };
}
