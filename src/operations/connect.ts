/** Ways to Temporal and to the warehouse: from the environment, else from a running `fareflow dev`. */
import { Client, Connection } from '@temporalio/client';
import { type ClientConnectConfig, loadClientConnectConfig } from '@temporalio/envconfig';
import pg, { type PoolConfig } from 'pg';
import { type Config, ConfigError } from '../config.ts';
import { migrate } from '../database/migrate.ts';
import { createPool, type Pool } from '../database/pool.ts';
import { readDevFile } from '../stack/dev-file.ts';
import type { Stack } from '../stack/start-stack.ts';
import { reasonOf, UserError } from './errors.ts';

const CONNECT_TIMEOUT = '5 seconds';

/** Where Temporal is, for a client's or a worker's connection. */
export interface TemporalEndpoint {
  options: ClientConnectConfig['connectionOptions'];
  address: string;
  namespace: string;
  uiUrl: string | null;
  /** Whether it is the one of a running `fareflow dev` of this home. */
  isDev: boolean;
}

/** A client of Temporal that must be closed. */
export interface TemporalAccess {
  client: Client;
  endpoint: TemporalEndpoint;
  close(): Promise<void>;
}

/**
 * Where the environment (`env` in place of the process's own, if it is given), or else a running `fareflow dev`, says that
 * Temporal is. Throws a ConfigError where the profile that it names cannot be read.
 */
export async function findTemporal(
  config: Config,
  env?: Readonly<Record<string, string | undefined>>,
): Promise<TemporalEndpoint> {
  const running = await readDevFile(config.home);
  const isSaid = config.temporalConfigured || Boolean(env?.['TEMPORAL_ADDRESS']);
  if (running !== undefined && !isSaid) {
    const { temporalAddress: address, temporalUiUrl: uiUrl } = running;
    // Nothing of a profile that is meant for another server: its API key is not to be shown to this one.
    return { options: { address }, address, namespace: running.namespace, uiUrl, isDev: true };
  }
  const { connectionOptions, namespace } = loadTemporalConfig(env);
  const address = connectionOptions.address ?? 'localhost:7233';
  const isDev = address === running?.temporalAddress;
  return {
    options: { ...connectionOptions, address },
    address,
    namespace: namespace ?? 'default',
    uiUrl: isDev ? running.temporalUiUrl : null,
    isDev,
  };
}

/** What `TEMPORAL_*` and `temporal.toml` say, as the Temporal CLI reads them. */
function loadTemporalConfig(env?: Readonly<Record<string, string | undefined>>): ClientConnectConfig {
  const set = Object.entries(env ?? {}).filter((entry): entry is [string, string] => entry[1] !== undefined);
  try {
    return loadClientConnectConfig(env === undefined ? {} : { overrideEnvVars: Object.fromEntries(set) });
  } catch (error) {
    const [reason] = reasonOf(error).split('\n');
    throw new ConfigError(
      `Temporal's configuration cannot be read (${reason}); check TEMPORAL_PROFILE, TEMPORAL_CONFIG_FILE and TEMPORAL_TLS_*`,
    );
  }
}

/** Where an embedded stack's Temporal is. */
export function stackEndpoint({
  temporalAddress: address,
  namespace,
  temporalUiUrl: uiUrl,
}: Stack): TemporalEndpoint {
  return { options: { address }, address, namespace, uiUrl, isDev: false };
}

/** Connects to Temporal, or says in one line that it is not there. */
export async function connectTemporal(endpoint: TemporalEndpoint): Promise<TemporalAccess> {
  const connection = await Connection.connect({ ...endpoint.options, connectTimeout: CONNECT_TIMEOUT }).catch(
    (error: unknown) => {
      throw temporalUnreachable(endpoint, error);
    },
  );
  return {
    client: new Client({ connection, namespace: endpoint.namespace }),
    endpoint,
    close: () => connection.close(),
  };
}

/** The one line for a Temporal server that does not answer. */
export function temporalUnreachable({ address }: TemporalEndpoint, error: unknown): UserError {
  return new UserError(
    `Temporal does not answer at ${address} (${reasonOf(error)}); start \`fareflow dev\`, or set TEMPORAL_ADDRESS to a running server`,
    { cause: error },
  );
}

/** How the environment, or else a running `fareflow dev`, says to reach the warehouse. */
export async function findDatabase(config: Config): Promise<PoolConfig> {
  const database = config.database ?? databaseOf((await readDevFile(config.home))?.databaseUrl);
  if (database !== undefined) return database;
  throw new UserError(
    'no database is configured; set DATABASE_URL (or PGHOST and its like), or start `fareflow dev`',
  );
}

/** A pool of connections to the warehouse, tried once: it answers, or one line says why it does not. */
export async function openWarehouse(config: Config, settings: PoolConfig = {}): Promise<Pool> {
  const pool = createPool({ ...(await findDatabase(config)), ...settings }, () => undefined);
  try {
    await pool.query('select 1');
    return pool;
  } catch (error) {
    await pool.end();
    throw new UserError(
      `PostgreSQL does not let fareflow in (${reasonOf(error)}); check DATABASE_URL and that the server runs`,
    );
  }
}

/** Does some work with Temporal and the warehouse both at hand, and closes them after it. */
export async function withAccess<T>(
  config: Config,
  work: (access: { client: Client; pool: Pool }) => Promise<T>,
): Promise<T> {
  const temporal = await connectTemporal(await findTemporal(config));
  try {
    const pool = await openWarehouse(config);
    try {
      return await work({ client: temporal.client, pool });
    } finally {
      await pool.end();
    }
  } finally {
    await temporal.close();
  }
}

/** Brings the warehouse to this version's shape, or says in one line why it cannot be. */
export async function migrateWarehouse(pool: Pool): Promise<string[]> {
  try {
    return await migrate(pool);
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error;
    throw new UserError(`the database cannot be migrated: ${error.message}`);
  }
}

function databaseOf(connectionString: string | undefined): PoolConfig | undefined {
  return connectionString === undefined ? undefined : { connectionString };
}
