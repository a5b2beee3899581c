/** A worker process: it takes loads from the shared queue, and from its own those steps that need its files. */
import { hostname } from 'node:os';
import { Client } from '@temporalio/client';
import {
  makeTelemetryFilterString,
  NativeConnection,
  Runtime,
  type RuntimeOptions,
  Worker,
} from '@temporalio/worker';
import type { Logger } from 'pino';
import { createActivities } from '../activities/index.ts';
import { createSlots } from '../activities/slots.ts';
import type { Config } from '../config.ts';
import { fileQueueOf } from '../contract.ts';
import type { Pool } from '../database/pool.ts';
import {
  findTemporal,
  migrateWarehouse,
  openWarehouse,
  type TemporalEndpoint,
  temporalUnreachable,
} from '../operations/connect.ts';
import { reasonOf, UserError } from '../operations/errors.ts';
import { cacheId } from '../source/cache.ts';
import { readHomeMirrors } from '../source/home-mirrors.ts';
import { version } from '../version.ts';
import { startJanitor } from './janitor.ts';
import { createLogger, temporalLogger } from './logging.ts';
import { workflowBundle } from './replay.ts';
import { ensureSearchAttributes } from './search-attributes.ts';

/** Two connections keep two cores busy; more gain nothing on the machines measured. */
const COPY_CONNECTIONS = 2;
/** Files copied at a time; each keeps the database as busy as its connections. */
const COPY_SLOTS = 2;
/** Steps from the shared queue at a time; each takes one connection at most. */
const SHARED_SLOTS = 16;
const POOL_SIZE = SHARED_SLOTS + COPY_SLOTS * COPY_CONNECTIONS + 4;

/** Runs until the process is told to stop (SIGINT, SIGTERM), then finishes or hands over what it is doing. */
export async function runWorker(config: Config): Promise<void> {
  const logger = createLogger(config.logLevel, process.stderr.isTTY);
  const endpoint = await findTemporal(config);
  const pool = await openWarehouse(config, { max: POOL_SIZE });
  try {
    for (const name of await migrateWarehouse(pool))
      logger.info({ migration: name }, 'migrated the database');
    // Not before it is needed: until something of it has been used and closed, it keeps the process alive.
    installRuntime(config, logger);
    const connection = await NativeConnection.connect(endpoint.options).catch((error: unknown) => {
      throw temporalUnreachable(endpoint, error);
    });
    try {
      await ensureSearchAttributes(connection, endpoint.namespace);
      await poll(config, endpoint, pool, connection, logger);
    } finally {
      await connection.close();
    }
  } finally {
    await pool.end();
  }
}

/** Polls both queues until the process is told to stop. */
async function poll(
  config: Config,
  endpoint: TemporalEndpoint,
  pool: Pool,
  connection: NativeConnection,
  logger: Logger,
): Promise<void> {
  const { taskQueue } = config;
  const { namespace, address } = endpoint;
  const cache = { directory: config.cacheDirectory };
  const fileQueue = fileQueueOf(taskQueue, await cacheId(cache));
  const self = `${hostname()}/${process.pid}`;
  const activities = createActivities({
    pool,
    cache,
    fileQueue,
    sources: {
      csvUrl: config.csvUrl,
      parquetUrl: config.parquetUrl,
      allowedHosts: config.allowedHosts,
      maxUnpackedBytes: config.maxUnpackedBytes,
    },
    readMirrors: () => readHomeMirrors(config.home),
    worker: self,
    codeVersion: version,
    copyConnections: COPY_CONNECTIONS,
    copySlots: createSlots(COPY_SLOTS),
  });
  const common = {
    connection,
    namespace,
    identity: `fareflow@${self}`,
    buildId: version,
    activities,
    // Heartbeats are what people watch a load by.
    maxHeartbeatThrottleInterval: '1 second',
    defaultHeartbeatThrottleInterval: '1 second',
    shutdownGraceTime: '25 seconds',
    shutdownForceTime: '40 seconds',
  } as const;
  const workers = [
    await Worker.create({
      ...common,
      taskQueue,
      workflowBundle,
      maxConcurrentActivityTaskExecutions: SHARED_SLOTS,
    }),
    await Worker.create({ ...common, taskQueue: fileQueue }),
  ];
  const janitor = startJanitor({
    pool,
    client: new Client({ connection, namespace }),
    namespace,
    cache,
    logger,
  });
  logger.info({ taskQueue, fileQueue, temporal: address, version }, 'worker is ready');
  try {
    await Promise.all(workers.map((worker) => worker.run()));
  } finally {
    await janitor.stop();
  }
}

function installRuntime(config: Config, logger: Logger): void {
  try {
    Runtime.install(runtimeOptions(config, logger));
  } catch (error) {
    if (config.metricsAddress === undefined) throw error;
    throw new UserError(
      `metrics cannot be served at ${config.metricsAddress} (${reasonOf(error)}); FAREFLOW_METRICS_ADDRESS must be an IP address of this host and a free port`,
    );
  }
}

function runtimeOptions(config: Config, logger: Logger): RuntimeOptions {
  const { metricsAddress: bindAddress } = config;
  const prometheus = { countersTotalSuffix: true, unitSuffix: true };
  return {
    logger: temporalLogger(logger),
    telemetryOptions: {
      // The SDK's native part would write lines of its own kind to stdout.
      logging: { filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }), forward: {} },
      ...(bindAddress === undefined ? {} : { metrics: { prometheus: { bindAddress, ...prometheus } } }),
    },
  };
}
