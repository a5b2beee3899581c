/** Requests to one source, spaced out over all workers of this database. */
import type { Pool } from './pool.ts';

/** Takes the next free moment for a request to this host, `everyMs` after the one before, and says how far off it is. */
export async function reserveRequest(pool: Pool, host: string, everyMs: number): Promise<number> {
  const { rows } = await pool.query<{ wait: number }>(
    `insert into fareflow.source_hosts as h (host, free_at)
     values ($1, clock_timestamp() + $2 * interval '1 millisecond')
     on conflict (host) do update
       set free_at = greatest(h.free_at, clock_timestamp()) + $2 * interval '1 millisecond'
     returning (extract(epoch from free_at - clock_timestamp()) * 1000 - $2)::float8 as wait`,
    [host, everyMs],
  );
  return Math.max(0, rows[0]?.wait ?? 0);
}
