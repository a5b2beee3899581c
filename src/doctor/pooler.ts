/** What stands between fareflow and PostgreSQL. */
import type { Client, Pool } from '../database/pool.ts';

/** Nothing; a pooler that gives each session a connection of its own; one that gives each transaction any. */
export type Pooling = 'none' | 'session' | 'transaction';

/**
 * Finds out by what two sessions see: a connection that one of them holds can be the other's only if a pooler hands
 * connections out by the transaction.
 */
export async function detectPooling(pool: Pool): Promise<Pooling> {
  const [one, other] = [await pool.connect(), await pool.connect()];
  try {
    const before = await backendOf(one);
    await other.query('begin');
    const meanwhile = await backendOf(other);
    if (meanwhile === before) return 'transaction';
    const after = await backendOf(one);
    if (after !== before) return 'transaction';
    // A pooler cannot know at the beginning which connection a session will get, so it says something of its own.
    return (one as Client & { processID?: number }).processID === before ? 'none' : 'session';
  } finally {
    await other.query('rollback').catch(() => undefined);
    one.release(true);
    other.release(true);
  }
}

async function backendOf(client: Client): Promise<number | undefined> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  return rows[0]?.pid;
}
