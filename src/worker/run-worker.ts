/** A worker process: it takes loads from the shared queue, and from its own those steps that need its files. */
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
import type { Config } from '../config.ts';
import type { Pool } from '../database/pool.ts';
import {
  findTemporal,
  migrateWarehouse,
  openWarehouse,
  type TemporalEndpoint,
  temporalUnreachable,
} from '../operations/connect.ts';
import { reasonOf, UserError } from '../operations/errors.ts';
import { readHomeMirrors } from '../source/home-mirrors.ts';
import { version } from '../version.ts';
import { connectionsFor, createDeps } from './activity-deps.ts';
import { startJanitor } from './janitor.ts';
import { createLogger, temporalLogger } from './logging.ts';
import { workflowBundle } from './workflow-bundle.ts';
import { ensureSearchAttributes } from './search-attributes.ts';
import { onStopSignals } from './stop-signals.ts';

/** What does not end within the grace time is cancelled, and has so long to stop. */
const FORCE_AFTER_S = 15;

/** Runs until the process is told to stop (SIGINT, SIGTERM), then finishes or hands over what it is doing. */
export async function runWorker(config: Config): Promise<void> {
  const logger = createLogger(config.logLevel, process.stderr.isTTY);
  const endpoint = await findTemporal(config);
  const pool = await openWarehouse(config, { max: connectionsFor(config.workerSteps, config.workerCopies) });
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
  const { taskQueue, workerSteps, shutdownGrace, deployment } = config;
  const { namespace, address } = endpoint;
  const deps = await createDeps(pool, {
    ...config,
    copies: config.workerCopies,
    readMirrors: () => readHomeMirrors(config.home),
  });
  const { cache, fileQueue } = deps;
  const common = {
    connection,
    namespace,
    identity: `fareflow@${deps.worker}`,
    // Makes builds visible; who routes loads by them says so to Temporal.
    workerDeploymentOptions: {
      version: { deploymentName: deployment.name, buildId: deployment.buildId },
      useWorkerVersioning: false,
    },
    activities: createActivities(deps),
    // Heartbeats are what people watch a load by.
    maxHeartbeatThrottleInterval: '1 second',
    defaultHeartbeatThrottleInterval: '1 second',
    shutdownGraceTime: shutdownGrace * 1000,
    shutdownForceTime: (shutdownGrace + FORCE_AFTER_S) * 1000,
  } as const;
  const workers = [
    await Worker.create({
      ...common,
      taskQueue,
      workflowBundle,
      maxConcurrentActivityTaskExecutions: workerSteps,
    }),
    await Worker.create({ ...common, taskQueue: fileQueue }),
  ];
  const ignoreSignals = onStopSignals(logger, () => {
    // One that has ended by itself takes no orders.
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  });
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
    ignoreSignals();
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
    // The SDK would take the first signal and leave the second to the system, which npm sends along with the first.
    shutdownSignals: [],
    telemetryOptions: {
      // The SDK's native part would write lines of its own kind to stdout.
      logging: { filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }), forward: {} },
      ...(bindAddress === undefined ? {} : { metrics: { prometheus: { bindAddress, ...prometheus } } }),
    },
  };
}
