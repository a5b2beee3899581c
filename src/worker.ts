/** `fareflow worker`, as a program of its own: `node dist/worker.js`. */
import { loadConfig } from './config.ts';
import { runWorker } from './worker/run-worker.ts';

await runWorker(loadConfig(process.env));
