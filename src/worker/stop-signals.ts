/** Stopping a worker: the first signal lets it drain, the second ends it at once. */
import { constants } from 'node:os';
import type { Logger } from 'pino';

/** Signals that ask a process to end. */
export const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;

/** A shell that is pressed for time sends SIGINT to a whole group, and npm passes it on: that is one request. */
const ONE_REQUEST_MS = 250;

/**
 * Calls `drain` on the first signal. On the second the process ends there and then: its connections break, so that
 * PostgreSQL ends their statements, and Temporal gives its steps to another worker once they have been silent.
 * Returns what stops this.
 */
export function onStopSignals(logger: Logger, drain: () => void): () => void {
  let first: number | undefined;
  const stop = (signal: (typeof STOP_SIGNALS)[number]) => {
    const now = Date.now();
    if (first === undefined) {
      first = now;
      logger.info({ signal }, 'stopping: running steps may finish; a second signal ends them at once');
      drain();
    } else if (now - first > ONE_REQUEST_MS) {
      logger.warn(
        { signal },
        'ended at once; other workers take over when the running steps have been silent for a while',
      );
      process.exit(128 + constants.signals[signal]);
    }
  };
  for (const signal of STOP_SIGNALS) process.on(signal, stop);
  return () => STOP_SIGNALS.forEach((signal) => process.off(signal, stop));
}
