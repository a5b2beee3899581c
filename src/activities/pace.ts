/** Asks each source only so often, however many workers there are. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from '../database/pool.ts';
import { reserveRequest } from '../database/source-hosts.ts';

/** Resolves when the next request to a host may be made; throws the signal's reason if it aborts before. */
export type Pace = (host: string, signal: AbortSignal) => Promise<void>;

/** A pace of so many requests a minute to each host, kept in the database and so by all of its workers together. */
export function createPace(pool: Pool, perMinute: number): Pace {
  return async (host, signal) => {
    signal.throwIfAborted();
    const wait = await reserveRequest(pool, host, 60_000 / perMinute);
    await sleep(wait, undefined, { signal }).catch(() => signal.throwIfAborted());
  };
}
