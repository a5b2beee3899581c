/** A worker of our own that takes fareflow's loads and our own workflows. */
import { fileURLToPath } from 'node:url';
import { NativeConnection, Worker } from '@temporalio/worker';
import {
  connectionsFor,
  createActivities,
  createDeps,
  createPool,
  ensureSearchAttributes,
  migrate,
} from 'fareflow';
import * as own from './activities.ts';

const { DATABASE_URL, TEMPORAL_ADDRESS = 'localhost:7233', CACHE_DIRECTORY = 'cache', CSV_URL } = process.env;
if (DATABASE_URL === undefined) throw new Error('set DATABASE_URL');

const pool = createPool({ connectionString: DATABASE_URL, max: connectionsFor() }, (error) =>
  console.error(error.message),
);
const connection = await NativeConnection.connect({ address: TEMPORAL_ADDRESS });
await migrate(pool);
await ensureSearchAttributes(connection, 'default');

const taskQueue = 'trips';
const deps = await createDeps(pool, { cacheDirectory: CACHE_DIRECTORY, taskQueue, csvUrl: CSV_URL });
const common = {
  connection,
  activities: { ...createActivities(deps), ...own },
  maxHeartbeatThrottleInterval: '1 second',
  defaultHeartbeatThrottleInterval: '1 second',
  shutdownGraceTime: '25 seconds',
} as const;
const workers = [
  // Workflows, and every step that needs no file of this host.
  await Worker.create({
    ...common,
    taskQueue,
    workflowsPath: fileURLToPath(new URL('./workflows.ts', import.meta.url)),
    maxConcurrentActivityTaskExecutions: 16,
  }),
  // Steps that need the files of this host's cache.
  await Worker.create({ ...common, taskQueue: deps.fileQueue }),
];
console.log('the worker is ready');
await Promise.all(workers.map((worker) => worker.run()));
await connection.close();
await pool.end();
