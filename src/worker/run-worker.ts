/** A worker process: it takes loads from the shared queue, and from its own those steps that need its files. */
import { Client } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import type { MetricMeter } from '@temporalio/common';
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
import { connectionsFor } from '../database/connections.ts';
import { datasetNames } from '../datasets/index.ts';
import { readHomeMirrors } from '../source/home-mirrors.ts';
import { version } from '../version.ts';
import { createDeps } from './activity-deps.ts';
import { type HealthServer, serveHealth } from './health.ts';
import { startJanitor } from './janitor.ts';
import { watchLedger } from './ledger-facts.ts';
import { createLogger } from './logging.ts';
import { createMetrics } from './metrics.ts';
import { observeSteps } from './observe-steps.ts';
import { installRuntime } from './runtime.ts';
import { workflowBundle } from './workflow-bundle.ts';
import { ensureSearchAttributes } from './search-attributes.ts';
import { onStopSignals } from './stop-signals.ts';

/** What does not end within the grace time is cancelled, and has so long to stop. */
const FORCE_AFTER_S = 15;

/** Runs until the process is told to stop (SIGINT, SIGTERM), then finishes or hands over what it is doing. */
export async function runWorker(config: Config): Promise<void> {
  const logger = createLogger(config.logLevel, process.stderr.isTTY);
  const endpoint = await findTemporal(config);
  const health = await serveHealth(config.healthAddress, logger);
  try {
    await runReachable(config, endpoint, health, logger);
  } finally {
    await health.close();
  }
}

/** Opens what a worker works with, and polls. */
async function runReachable(
  config: Config,
  endpoint: TemporalEndpoint,
  health: HealthServer,
  logger: Logger,
): Promise<void> {
  const pool = await openWarehouse(config, { max: connectionsFor(config.workerSteps, config.workerCopies) });
  try {
    for (const name of await migrateWarehouse(pool))
      logger.info({ migration: name }, 'migrated the database');
    // Not before it is needed: until something of it has been used and closed, it keeps the process alive.
    const meter = installRuntime(config.metricsAddress, logger);
    const connection = await NativeConnection.connect(endpoint.options).catch((error: unknown) => {
      throw temporalUnreachable(endpoint, error);
    });
    try {
      await ensureSearchAttributes(connection, endpoint.namespace);
      await poll({ config, endpoint, pool, connection, meter, health, logger });
    } finally {
      await connection.close();
    }
  } finally {
    await pool.end();
  }
}

/** What a worker works with. */
interface Means {
  config: Config;
  endpoint: TemporalEndpoint;
  pool: Pool;
  connection: NativeConnection;
  meter: MetricMeter;
  health: HealthServer;
  logger: Logger;
}

/** Polls both queues until the process is told to stop. */
async function poll({ config, endpoint, pool, connection, meter, health, logger }: Means): Promise<void> {
  const { taskQueue, workerSteps, shutdownGrace, deployment } = config;
  const { namespace, address } = endpoint;
  const deps = await createDeps(pool, {
    ...config,
    copies: config.workerCopies,
    readMirrors: () => readHomeMirrors(config.home),
  });
  const { cache, fileQueue } = deps;
  const client = new Client({ connection, namespace });
  const datasets = datasetNames();
  const metrics = createMetrics(meter, { datasets, namespace, taskQueue });
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
  const ledger = watchLedger({ pool, client, datasets, logger, tell: metrics.stand });
  const observer = observeSteps({ metrics, logger, client, onLoadEnd: () => ledger.changed() });
  const interceptors = { activity: [observer] };
  const workers = [
    await Worker.create({
      ...common,
      interceptors,
      taskQueue,
      workflowBundle,
      maxConcurrentActivityTaskExecutions: workerSteps,
    }),
    await Worker.create({ ...common, interceptors, taskQueue: fileQueue }),
  ];
  const ignoreSignals = onStopSignals(logger, () => {
    // One that has ended by itself takes no orders.
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  });
  const janitor = startJanitor({ pool, client, namespace, cache, logger });
  health.watch({
    states: () => workers.map((worker) => worker.getState()),
    checks: {
      temporal: () => client.workflowService.describeNamespace({ namespace }),
      postgres: () => pool.query('select 1'),
    },
  });
  logger.info({ taskQueue, fileQueue, temporal: address, version }, 'worker is ready');
  try {
    await Promise.all(workers.map((worker) => worker.run()));
  } finally {
    await Promise.all([janitor.stop(), ledger.stop()]);
    ignoreSignals();
  }
}
