import pg from 'pg';

export type Pool = pg.Pool;
export type Client = pg.PoolClient;

/** What one use of a connection is called in pg_stat_activity, and what ends it. */
export interface Use {
  name: string;
  signal?: AbortSignal | undefined;
}

/** PostgreSQL keeps only the first 63 bytes of an application name. */
const MAX_APPLICATION_NAME = 63;

const CANCEL_EVERY_MS = 1_000;

/** Time limits meant for web requests must not end a load. */
const NO_TIME_LIMITS =
  'set statement_timeout = 0; set lock_timeout = 0; set idle_in_transaction_session_timeout = 0';
/** A file must mean the same to every server, whatever its own way of writing days is. */
const ONE_CALENDAR = "set datestyle = 'ISO, MDY'";
/** A worker that dies must not leave its statement running; not every platform's server can look for that. */
const END_WITH_CLIENT = "set client_connection_check_interval = '2s'";

async function prepareSession(client: pg.ClientBase): Promise<void> {
  await client.query(`${NO_TIME_LIMITS}; ${ONE_CALENDAR}`);
  await client.query(END_WITH_CLIENT).catch(() => undefined);
}

/** The pool waits for its hooks, although its types say that they return nothing. */
const hooks = { onConnect: prepareSession };

/** Counts and ids arrive as numbers: fareflow's never reach 2^53. */
const parsers: pg.CustomTypesConfig = {
  getTypeParser: (oid, format) =>
    oid === pg.types.builtins.INT8 && format !== 'binary'
      ? (text: string) => Number(text)
      : (pg.types.getTypeParser(oid, format) as (text: string) => unknown),
};

/** A pool of connections to the warehouse; it connects at first use. */
export function createPool(config: pg.PoolConfig, onIdleError: (error: Error) => void): Pool {
  const pool = new pg.Pool({
    application_name: 'fareflow',
    keepAlive: true,
    connectionTimeoutMillis: 15_000,
    types: parsers,
    ...hooks,
    ...config,
  });
  pool.on('error', onIdleError);
  return pool;
}

/**
 * Runs `work` on a connection of its own. When the signal aborts, the statement that runs is cancelled in
 * PostgreSQL, and the signal's reason is thrown in place of the error that this makes.
 */
export async function withClient<T>(pool: Pool, use: Use, work: (client: Client) => Promise<T>): Promise<T> {
  use.signal?.throwIfAborted();
  const client = await pool.connect();
  let again: NodeJS.Timeout | undefined;
  let pid: number | undefined;
  const cancel = () => {
    void cancelBackend(pool, pid);
    // One that arrives between two statements cancels neither.
    again = setInterval(() => void cancelBackend(pool, pid), CANCEL_EVERY_MS);
  };
  use.signal?.addEventListener('abort', cancel, { once: true });
  let broken: Error | undefined;
  const onError = (error: Error) => (broken = error);
  client.on('error', onError);
  try {
    use.signal?.throwIfAborted();
    // The driver knows a pid too, but behind a pooler it is the pooler's invention.
    const { rows } = await client.query<{ pid: number }>(
      "select set_config('application_name', $1, false), pg_backend_pid() as pid",
      [`fareflow ${use.name}`.slice(0, MAX_APPLICATION_NAME)],
    );
    pid = rows[0]?.pid;
    return await work(client);
  } catch (error) {
    // A connection in an unknown state (a COPY cut off, a transaction open) is not for the next user.
    broken ??= error instanceof Error ? error : new Error(String(error));
    use.signal?.throwIfAborted();
    throw error;
  } finally {
    use.signal?.removeEventListener('abort', cancel);
    clearInterval(again);
    client.off('error', onError);
    client.release(broken ?? use.signal?.aborted);
  }
}

/** Runs `work` in a transaction: committed when it returns, rolled back when it throws. */
export async function withTransaction<T>(
  pool: Pool,
  use: Use,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  return withClient(pool, use, async (client) => {
    // The merge reads what it has waited for, which a snapshot from before the wait would not show.
    await client.query('begin isolation level read committed read write');
    try {
      const result = await work(client);
      use.signal?.throwIfAborted();
      await client.query('commit');
      return result;
    } catch (error) {
      await client.query('rollback').catch(() => undefined);
      throw error;
    }
  });
}

async function cancelBackend(pool: Pool, pid: number | undefined): Promise<void> {
  // The statement may have ended meanwhile, or the server may be gone: either way there is nothing left to cancel.
  await pool.query('select pg_cancel_backend($1)', [pid]).catch(() => undefined);
}
