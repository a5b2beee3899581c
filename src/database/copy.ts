/** COPY over several connections at once, all fed from one stream of blocks of whole records. */
import { pipeline } from 'node:stream/promises';
import { from as copyFrom } from 'pg-copy-streams';
import type { Framing } from './binary-copy.ts';
import { type Pool, type Use, withClient } from './pool.ts';

/**
 * Sends every block to whichever connection is ready for one; returns how many rows PostgreSQL took. Each
 * connection is a transaction of its own, so after an error the table may hold some of the rows. The error is the
 * one that came first. With a framing, each connection begins and ends with it.
 */
export async function copyBlocks(
  pool: Pool,
  use: Use,
  statement: string,
  blocks: AsyncIterable<Buffer>,
  connections: number,
  framing?: Framing,
): Promise<number> {
  const shared = blocks[Symbol.asyncIterator]();
  const others = new AbortController();
  let first: { error: unknown } | undefined;

  async function* take(): AsyncGenerator<Buffer> {
    if (framing !== undefined) yield framing.header;
    for (let next = await shared.next(); next.done !== true; next = await shared.next()) yield next.value;
    if (framing !== undefined) yield framing.trailer;
  }

  async function feedConnection(): Promise<number> {
    return withClient(pool, use, async (client) => {
      const copy = client.query(copyFrom(statement));
      await pipeline(take(), copy, { signal: others.signal });
      return copy.rowCount;
    });
  }

  const rows = await Promise.all(
    Array.from({ length: connections }, () =>
      feedConnection().catch((error: unknown) => {
        first ??= { error };
        others.abort();
        return 0;
      }),
    ),
  );
  if (first !== undefined) throw first.error;
  return rows.reduce((sum, count) => sum + count, 0);
}
