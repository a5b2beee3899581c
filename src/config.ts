/** The only reader of the environment: checks it, completes it, and says which variable is wrong. */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import pg, { type PoolConfig } from 'pg';
import * as v from 'valibot';
import { DEFAULT_TASK_QUEUE } from './contract.ts';
import { DEFAULT_COPIES, DEFAULT_STEPS } from './database/connections.ts';
import { namesMonth, urlTemplate } from './datasets/url-template.ts';
import { defaultCacheDirectory } from './stack/cache-directory.ts';
import { version } from './version.ts';

/** A variable of the environment is unknown or has a value that it cannot have. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Everything that fareflow takes from its environment. */
export interface Config {
  taskQueue: string;
  /** Where the embedded stack and, by default, the cache live; absolute. */
  home: string;
  /** Where downloaded files live; absolute. */
  cacheDirectory: string;
  /** Where programs that fareflow fetches for itself live, shared by all its homes; absolute. */
  toolsDirectory: string;
  logLevel: LogLevel;
  /** `host:port` of the Prometheus endpoint, or `off`; undefined where nobody says. */
  metricsAddress: string | undefined;
  /** `host:port` of the endpoint for health checks, or `off`; undefined where nobody says. */
  healthAddress: string | undefined;
  /** Steps that a worker takes at a time, its copies not counted. */
  workerSteps: number;
  /** Files that a worker copies at a time. */
  workerCopies: number;
  /** How long a worker that is told to stop lets its steps run, in seconds. */
  shutdownGrace: number;
  /** How many loads may work in the database at a time, over all workers. */
  maxLoads: number | undefined;
  /** How often each source may be asked, over all workers. */
  requestsPerMinute: number | undefined;
  /** What Temporal calls this worker's deployment, and this build of it. */
  deployment: { name: string; buildId: string };
  /** URL template that replaces every data set's CSV source. */
  csvUrl: string | undefined;
  /** URL template that replaces every data set's Parquet source. */
  parquetUrl: string | undefined;
  /** Hosts that may be fetched besides those of the sources. */
  allowedHosts: readonly string[];
  /** What a file may unpack to before it is taken for a trap. */
  maxUnpackedBytes: number;
  /** How to reach the warehouse; undefined where neither DATABASE_URL nor PG* says so. */
  database: PoolConfig | undefined;
  /** TEMPORAL_ADDRESS, if it is set; the SDK reads it, and the rest of TEMPORAL_*, by itself. */
  temporalAddress: string | undefined;
  /** Whether the environment says where Temporal is. */
  temporalConfigured: boolean;
}

const nonEmpty = v.pipe(v.string(), v.trim(), v.nonEmpty('must not be empty'));

const monthlyTemplate = v.pipe(
  nonEmpty,
  urlTemplate,
  v.check(namesMonth, 'must contain {month} (and {dataset}, if it serves several)'),
);

const hostList = v.pipe(
  v.string(),
  v.transform((list) =>
    list
      .toLowerCase()
      .split(/[\s,]+/)
      .filter(Boolean),
  ),
  v.array(
    v.pipe(
      v.string(),
      v.regex(
        /^([a-z0-9._-]+|\[[0-9a-f:.]+\])(:\d{1,5})?$/,
        'must be host names or [IPv6 addresses], with a port or without, separated by commas',
      ),
    ),
  ),
);

/**
 * Twenty times what the TLC's largest month would be as CSV. Until it is reached, a trap costs no more than a core's time
 * for some minutes, since what is unpacked while a file is fetched is only counted.
 */
const MAX_UNPACKED_BYTES = '100000000000';

const byteCount = v.pipe(
  v.string(),
  v.trim(),
  v.check(
    (text) => /^[1-9]\d*$/.test(text) && Number.isSafeInteger(Number(text)),
    'must be a number of bytes, at least 1',
  ),
  v.transform(Number),
);

const listenAddress = v.pipe(
  nonEmpty,
  v.check(
    (address) => address === 'off' || (/^\S+:/.test(address) && isPort(address.replace(/^.*:/, ''))),
    'must be host:port, or off',
  ),
);

const wholeNumber = (least: number, most: number) =>
  v.pipe(
    v.string(),
    v.trim(),
    v.check(
      (text) => /^\d{1,9}$/.test(text) && Number(text) >= least && Number(text) <= most,
      `must be a whole number from ${least} to ${most}`,
    ),
    v.transform(Number),
  );

/** Temporal joins the two with a dot, which the name therefore must not hold. */
const deploymentName = v.pipe(
  nonEmpty,
  v.regex(/^[^.]{1,200}$/, 'must have no dot and at most 200 characters'),
);

const variables = {
  FAREFLOW_TASK_QUEUE: v.optional(nonEmpty, DEFAULT_TASK_QUEUE),
  FAREFLOW_HOME: v.optional(nonEmpty, '.fareflow'),
  FAREFLOW_CACHE_DIR: v.optional(nonEmpty),
  FAREFLOW_LOG_LEVEL: v.optional(v.picklist(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(', ')}`), 'info'),
  FAREFLOW_METRICS_ADDRESS: v.optional(listenAddress),
  FAREFLOW_HEALTH_ADDRESS: v.optional(listenAddress),
  FAREFLOW_WORKER_STEPS: v.optional(wholeNumber(1, 200), String(DEFAULT_STEPS)),
  FAREFLOW_WORKER_COPIES: v.optional(wholeNumber(1, 50), String(DEFAULT_COPIES)),
  FAREFLOW_SHUTDOWN_GRACE: v.optional(wholeNumber(0, 86_400), '25'),
  FAREFLOW_MAX_LOADS: v.optional(wholeNumber(1, 1_000)),
  FAREFLOW_REQUESTS_PER_MINUTE: v.optional(wholeNumber(1, 60_000)),
  FAREFLOW_DEPLOYMENT: v.optional(deploymentName, 'fareflow'),
  FAREFLOW_BUILD_ID: v.optional(nonEmpty, version),
  FAREFLOW_CSV_URL: v.optional(monthlyTemplate),
  FAREFLOW_PARQUET_URL: v.optional(monthlyTemplate),
  FAREFLOW_ALLOWED_HOSTS: v.optional(hostList, ''),
  FAREFLOW_MAX_UNPACKED_BYTES: v.optional(byteCount, MAX_UNPACKED_BYTES),
};

/** The names of fareflow's own variables. */
export const variableNames = Object.keys(variables);

/** Reads and checks the environment. Throws a ConfigError that names the variable. */
export function loadConfig(env: NodeJS.ProcessEnv): Config {
  refuseUnknown(env);
  const parsed = v.safeParse(v.object(variables), env);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    const name = String(issue.path?.[0].key);
    throw new ConfigError(`${name} ${issue.message}${shown(env[name], issue.input)}`);
  }
  const set = parsed.output;
  const home = resolve(set.FAREFLOW_HOME);
  return Object.freeze({
    taskQueue: set.FAREFLOW_TASK_QUEUE,
    home,
    cacheDirectory: resolve(set.FAREFLOW_CACHE_DIR ?? join(home, 'cache')),
    toolsDirectory: defaultCacheDirectory(env, homedir()),
    logLevel: set.FAREFLOW_LOG_LEVEL,
    metricsAddress: set.FAREFLOW_METRICS_ADDRESS,
    healthAddress: set.FAREFLOW_HEALTH_ADDRESS,
    workerSteps: set.FAREFLOW_WORKER_STEPS,
    workerCopies: set.FAREFLOW_WORKER_COPIES,
    shutdownGrace: set.FAREFLOW_SHUTDOWN_GRACE,
    maxLoads: set.FAREFLOW_MAX_LOADS,
    requestsPerMinute: set.FAREFLOW_REQUESTS_PER_MINUTE,
    deployment: { name: set.FAREFLOW_DEPLOYMENT, buildId: set.FAREFLOW_BUILD_ID },
    csvUrl: set.FAREFLOW_CSV_URL,
    parquetUrl: set.FAREFLOW_PARQUET_URL,
    allowedHosts: set.FAREFLOW_ALLOWED_HOSTS,
    maxUnpackedBytes: set.FAREFLOW_MAX_UNPACKED_BYTES,
    database: databaseConfig(env),
    temporalAddress: env['TEMPORAL_ADDRESS'] || undefined,
    temporalConfigured: ['TEMPORAL_ADDRESS', 'TEMPORAL_PROFILE', 'TEMPORAL_CONFIG_FILE'].some(
      (name) => env[name],
    ),
  });
}

function refuseUnknown(env: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(env)) {
    if (!name.startsWith('FAREFLOW_') || variableNames.includes(name)) continue;
    const nearest = variableNames.find((known) => isNear(name, known));
    const advice =
      nearest === undefined ? `there are ${variableNames.join(', ')}` : `did you mean ${nearest}?`;
    throw new ConfigError(`${name} is not a variable of fareflow; ${advice}`);
  }
}

/** DATABASE_URL, or libpq's variables, of which the driver reads those that are not named here by itself. */
function databaseConfig(env: NodeJS.ProcessEnv): PoolConfig | undefined {
  const url = env['DATABASE_URL'];
  if (url !== undefined && url !== '') {
    if (!/^postgres(ql)?:\/\//.test(url)) {
      // The value itself may hold a password, so it is not repeated.
      throw new ConfigError('DATABASE_URL must begin with postgres:// or postgresql://');
    }
    assertUsable(url);
    return { connectionString: url };
  }
  const { PGHOST: host, PGDATABASE: database, PGUSER: user, PGPORT: port } = env;
  if ([host, database, user, port].every((value) => value === undefined || value === '')) return undefined;
  if (port && !isPort(port)) {
    throw new ConfigError(`PGPORT must be a port from 1 to 65535${shown(port)}`);
  }
  return {
    ...(host ? { host } : {}),
    ...(database ? { database } : {}),
    ...(user ? { user } : {}),
    ...(port ? { port: Number(port) } : {}),
  };
}

/** The value of a variable, unless a password may be in it, which somebody may have put anywhere with its URL. */
function shown(text: string | undefined, value: unknown = text): string {
  return text?.includes('@') === true ? '' : ` (it is ${JSON.stringify(value)})`;
}

/** Throws unless the driver takes the URL, which it would not look at before it connects. */
function assertUsable(url: string): void {
  // Without a host it means a socket of this machine, which is no URL to everybody else.
  let usable = URL.canParse(url.replace('@/', '@localhost/'));
  try {
    if (usable) new pg.Client({ connectionString: url });
  } catch (error) {
    if (error instanceof Error && 'path' in error) {
      throw new ConfigError(`DATABASE_URL names the file ${String(error.path)}, which cannot be read`);
    }
    usable = false;
  }
  if (usable) return;
  throw new ConfigError(
    'DATABASE_URL is not a URL; characters such as / # ? @ % in a password must be written as %2F %23 %3F %40 %25',
  );
}

const isPort = (text: string) => /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535;

/** Whether one letter more, less or other, or two that changed places, makes one name of the other. */
function isNear(a: string, b: string): boolean {
  let same = 0;
  while (same < a.length && a[same] === b[same]) same++;
  const [restA, restB] = [a.slice(same), b.slice(same)];
  const swapped = `${restA[1]}${restA[0]}${restA.slice(2)}`;
  return (
    restA.slice(1) === restB.slice(1) ||
    restA.slice(1) === restB ||
    restA === restB.slice(1) ||
    swapped === restB
  );
}
