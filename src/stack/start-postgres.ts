import { mkdir, realpath } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';
import { withFreePort } from './free-port.ts';
import { acquireLock } from './lock.ts';
import type { OnProgress } from './on-progress.ts';
import { choosePostgresAccount } from './postgres-account.ts';
import { findPostgresBinaries } from './postgres-binaries.ts';
import { ensureCluster, POSTGRES_USER } from './postgres-cluster.ts';
import { dataDirectoryArgs, isPostmasterReady, stopLeftoverPostmaster } from './postmaster-file.ts';
import type { StopStep } from './processes.ts';
import { startServer } from './server-process.ts';
import type { ServerProcess } from './server-process.ts';

/** Fast shutdown: ends sessions and writes everything out. Then immediate shutdown: the next start recovers. */
const STOP_STEPS: readonly StopStep[] = [
  { signal: 'SIGINT', waitMs: 10_000 },
  { signal: 'SIGQUIT', waitMs: 5_000 },
  { signal: 'SIGKILL', waitMs: 5_000 },
];

/** Where PostgreSQL's defaults do not fit; durability is left as it is. */
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  // A socket's path may have 107 characters, which a directory deep in a tree exceeds; nobody needs it.
  unix_socket_directories: '',
  // 128 MB do not hold the indexes of a month while it is loaded.
  shared_buffers: '256MB',
  // Months that are loaded side by side fill the default's 1 GB again and again, and each time force a checkpoint.
  max_wal_size: '4GB',
};

export interface StartPostgresOptions {
  /** Holds the data; password, log and lock lie beside it as `<directory>.password`, `.log` and `.lock`. */
  directory: string;
  onProgress: OnProgress;
  /** Any free port by default. */
  port?: number | undefined;
  signal?: AbortSignal | undefined;
}

export interface RunningPostgres {
  databaseUrl: string;
  port: number;
  pid: number;
  /** Ends all sessions and resolves when the server has ended. */
  stop(): Promise<void>;
}

/**
 * Starts PostgreSQL 18 on 127.0.0.1 with the data in `directory`, which is made at the first start, and a database
 * `fareflow` in it. A server that a killed process left behind on this directory is stopped first; if its process is
 * alive, throws a StackError with its pid.
 */
export async function startPostgres(options: StartPostgresOptions): Promise<RunningPostgres> {
  const directory = await resolveDirectory(options.directory);
  const lock = await acquireLock(`${directory}.lock`, `PostgreSQL in ${directory}`);
  try {
    const { server, databaseUrl, port } = await startLocked(directory, options);
    const stop = (): Promise<void> => server.stop().then(() => lock.release());
    return { databaseUrl, port, pid: server.pid, stop };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

interface Started {
  server: ServerProcess;
  databaseUrl: string;
  port: number;
}

async function startLocked(directory: string, options: StartPostgresOptions): Promise<Started> {
  const { onProgress, signal } = options;
  const { initdb, postgres } = await findPostgresBinaries();
  const account = await choosePostgresAccount(directory, postgres);
  const password = await ensureCluster(directory, initdb, account, onProgress);
  await stopLeftoverPostmaster(directory, STOP_STEPS, onProgress);
  signal?.throwIfAborted();
  onProgress('PostgreSQL: starting');
  return withFreePort(options.port, async (port) => {
    const databaseUrl = `postgres://${POSTGRES_USER}:${password}@127.0.0.1:${port}/${POSTGRES_USER}`;
    const server = await startServer({
      name: 'PostgreSQL',
      command: account.command(postgres, [...dataDirectoryArgs(directory), String(port), ...settingArgs()]),
      logFile: `${directory}.log`,
      // Asked before connecting, because another server may have taken the port.
      isReady: (pid) => isPostmasterReady(directory, pid),
      // Recovery after a crash in the middle of a load reads up to max_wal_size.
      readyWithinMs: 180_000,
      stopSteps: STOP_STEPS,
      signal,
    });
    await ensureDatabase(databaseUrl).catch(async (error: unknown) => {
      await server.stop();
      throw error;
    });
    return { server, databaseUrl, port };
  });
}

/** One name for a directory, however it was reached: a leftover server is recognised by it. */
async function resolveDirectory(directory: string): Promise<string> {
  const parent = path.dirname(path.resolve(directory));
  await mkdir(parent, { recursive: true });
  return path.join(await realpath(parent), path.basename(directory));
}

function settingArgs(): string[] {
  return Object.entries(SETTINGS).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

async function ensureDatabase(databaseUrl: string): Promise<void> {
  const maintenance = new URL(databaseUrl);
  maintenance.pathname = '/postgres';
  const client = new pg.Client({ connectionString: maintenance.href, connectionTimeoutMillis: 10_000 });
  // A server that ends meanwhile fails the query below; without a listener the event would end this process too.
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [POSTGRES_USER]);
    if (rowCount === 0) await client.query(`create database ${POSTGRES_USER}`);
  } finally {
    await client.end();
  }
}
