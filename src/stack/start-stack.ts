import path from 'node:path';
import { findTemporalCli } from './find-temporal-cli.ts';
import { portIfFree } from './free-port.ts';
import { acquireLock } from './lock.ts';
import type { Lock } from './lock.ts';
import type { OnProgress } from './on-progress.ts';
import { type RunningPostgres, startPostgres } from './start-postgres.ts';
import { startTemporal } from './start-temporal.ts';
import { TEMPORAL_NAMESPACE } from './temporal-readiness.ts';

export interface StartStackOptions {
  /** Holds everything that outlives the stack: the database, Temporal's state, logs. */
  directory: string;
  /** See {@link findTemporalCli}. */
  cacheDirectory: string;
  onProgress: OnProgress;
  /** Use this Temporal server; none is started then. */
  temporalAddress?: string | undefined;
  /** Whether the Temporal server serves its web UI; it does by default. */
  ui?: boolean | undefined;
  /** Ports to be used where they are free, so that other programs find the servers where they look for them. */
  preferredPorts?: { postgres: number; temporal: number; temporalUi: number } | undefined;
  /** Gives up starting, and stops what has been started; it has no effect later. */
  signal?: AbortSignal | undefined;
}

export interface Stack {
  databaseUrl: string;
  temporalAddress: string;
  namespace: string;
  temporalUiUrl: string | null;
  /** Stops both servers; resolves when they have ended. To be called after workers have drained. */
  stop(): Promise<void>;
}

/**
 * Starts PostgreSQL and a Temporal development server side by side. If one fails the other is stopped, and its error
 * is thrown. Servers go on running when this process is killed; the next start on this directory takes care of them.
 */
export async function startStack(options: StartStackOptions): Promise<Stack> {
  const { directory } = options;
  const lock = await acquireLock(path.join(directory, 'stack.lock'), `fareflow's stack in ${directory}`);
  const failure = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, failure.signal]) : failure.signal;
  // Nobody waits for the minutes that building Temporal takes when PostgreSQL has failed.
  const giveUp = (error: unknown): never => {
    failure.abort(error);
    throw error;
  };
  const [postgres, temporal] = await Promise.allSettled([
    providePostgres({ ...options, signal }).catch(giveUp),
    provideTemporal({ ...options, signal }).catch(giveUp),
  ]);
  if (postgres.status === 'fulfilled' && temporal.status === 'fulfilled') {
    const { databaseUrl } = postgres.value;
    const { address, uiUrl } = temporal.value;
    const stop = (): Promise<void> => stopAll([postgres.value, temporal.value], lock);
    return {
      databaseUrl,
      temporalAddress: address,
      namespace: TEMPORAL_NAMESPACE,
      temporalUiUrl: uiUrl,
      stop,
    };
  }
  await stopAll([postgres, temporal].flatMap(startedServer), lock);
  throw failure.signal.reason;
}

function startedServer(result: PromiseSettledResult<Stoppable>): Stoppable[] {
  return result.status === 'fulfilled' ? [result.value] : [];
}

interface Stoppable {
  stop(): Promise<void>;
}

async function providePostgres(options: StartStackOptions): Promise<RunningPostgres> {
  const { directory, onProgress, signal, preferredPorts } = options;
  const port = await portIfFree(preferredPorts?.postgres);
  return startPostgres({ directory: path.join(directory, 'postgres'), onProgress, port, signal });
}

async function provideTemporal(
  options: StartStackOptions,
): Promise<Stoppable & { address: string; uiUrl: string | null }> {
  const { directory, temporalAddress, onProgress, ui, signal, preferredPorts } = options;
  if (temporalAddress !== undefined) {
    return { address: temporalAddress, uiUrl: null, stop: () => Promise.resolve() };
  }
  const cli = await findTemporalCli(options);
  onProgress(`Temporal: CLI ${cli.version}, ${cli.path}`);
  const [port, uiPort] = await Promise.all([
    portIfFree(preferredPorts?.temporal),
    portIfFree(preferredPorts?.temporalUi),
  ]);
  return startTemporal({ cliPath: cli.path, directory, onProgress, ui, port, uiPort, signal });
}

async function stopAll(servers: readonly Stoppable[], lock: Lock): Promise<void> {
  const results = await Promise.allSettled(servers.map((server) => server.stop()));
  await lock.release();
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
}
