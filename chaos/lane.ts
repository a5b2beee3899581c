/** The servers that runs share one after the other: PostgreSQL and Temporal, which can be brought down and back. */
import { mkdtemp, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import pg from 'pg';
import { migrate } from '../src/database/migrate.ts';
import { createPool } from '../src/database/pool.ts';
import { defaultCacheDirectory } from '../src/stack/cache-directory.ts';
import { findTemporalCli } from '../src/stack/find-temporal-cli.ts';
import { type RunningPostgres, startPostgres } from '../src/stack/start-postgres.ts';
import { type RunningTemporal, startTemporal } from '../src/stack/start-temporal.ts';

const TEMPLATE = 'chaos_template';
const quiet = () => undefined;

/** How PostgreSQL goes down: as by a power cut, as by its administrator, or one session crashes and all must recover. */
export type PostgresDown = 'kill' | 'stop' | 'crash-backend';

export interface Lane {
  directory: string;
  temporalAddress: string;
  client: Client;
  postgresPort: number;
  databaseUrl(name: string): string;
  /** A migrated, empty database. */
  createDatabase(name: string): Promise<void>;
  dropDatabase(name: string): Promise<void>;
  /** Brings PostgreSQL down now and back later; `up` tells when it is. */
  bouncePostgres(how: PostgresDown, downMs: number): Promise<void>;
  bounceTemporal(how: 'kill' | 'stop', downMs: number): Promise<void>;
  /** Resolves when both servers are up. */
  up(): Promise<void>;
  close(): Promise<void>;
}

/** Where lanes, programs and runs live: beside the benchmark, on a disk. */
export async function makeDirectory(prefix: string): Promise<string> {
  const parent = resolve('.fareflow', 'chaos');
  await mkdir(parent, { recursive: true });
  return mkdtemp(join(parent, prefix));
}

export async function openLane(): Promise<Lane> {
  const directory = await makeDirectory('lane-');
  const cacheDirectory = defaultCacheDirectory(process.env, homedir());
  const { path: cliPath } = await findTemporalCli({ cacheDirectory, onProgress: quiet });
  const postgresOptions = { directory: join(directory, 'postgres'), onProgress: quiet };
  const temporalOptions = { cliPath, directory, ui: false, onProgress: quiet };
  let [postgres, temporal] = await Promise.all([
    startPostgres(postgresOptions),
    startTemporal(temporalOptions),
  ]);
  const { port } = postgres;
  const temporalPort = Number(temporal.address.split(':')[1]);
  const connection = await Connection.connect({ address: temporal.address });
  let restoring: Promise<unknown> = Promise.resolve();
  let isDown = { postgres: false, temporal: false };

  const databaseUrl = (name: string) => {
    const url = new URL(postgres.databaseUrl);
    url.pathname = `/${name}`;
    return url.href;
  };
  const maintain = async (sql: string): Promise<void> => {
    await query(databaseUrl('postgres'), sql);
  };
  // No power fails here, only processes do, and the kernel keeps what they wrote.
  for (const setting of ['fsync = off', 'autovacuum_naptime = 5', 'max_connections = 200'])
    await maintain(`alter system set ${setting}`);
  await postgres.stop();
  postgres = await startPostgres({ ...postgresOptions, port });
  await createTemplate(maintain, databaseUrl(TEMPLATE));

  return {
    directory,
    temporalAddress: temporal.address,
    client: new Client({ connection }),
    postgresPort: port,
    databaseUrl,
    createDatabase: (name) => maintain(`create database ${name} template ${TEMPLATE} strategy file_copy`),
    dropDatabase: (name) => maintain(`drop database if exists ${name} with (force)`),
    async bouncePostgres(how, downMs) {
      if (isDown.postgres) return;
      isDown = { ...isDown, postgres: true };
      const down = how === 'stop' ? postgres.stop() : killPostgres(postgres, how);
      await (how === 'stop' ? Promise.race([down, sleep(2_000)]) : down);
      const back = async () => {
        await down;
        await sleep(downMs);
        if (how !== 'crash-backend')
          postgres = await startAgain(() => startPostgres({ ...postgresOptions, port }));
        await answers(() => maintain('select 1'));
        isDown = { ...isDown, postgres: false };
      };
      restoring = Promise.all([restoring, back()]);
    },
    async bounceTemporal(how, downMs) {
      if (isDown.temporal) return;
      isDown = { ...isDown, temporal: true };
      if (how === 'kill') process.kill(temporal.pid, 'SIGKILL');
      const back = async () => {
        await temporal.stop();
        await sleep(downMs);
        temporal = await startAgain(() => startTemporal({ ...temporalOptions, port: temporalPort }));
        isDown = { ...isDown, temporal: false };
      };
      restoring = Promise.all([restoring, back()]);
      await Promise.resolve();
    },
    async up() {
      await restoring;
    },
    async close() {
      await restoring;
      await connection.close();
      await Promise.all([postgres.stop(), temporal.stop()]);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Runs statements on a connection of their own. */
export async function query<T extends pg.QueryResultRow>(
  connectionString: string,
  sql: string,
  values?: unknown[],
): Promise<T[]> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 60_000 });
  // A server that goes away fails the query; nobody else listens.
  client.on('error', quiet);
  await client.connect();
  try {
    return (await client.query<T>(sql, values)).rows;
  } finally {
    await client.end().catch(quiet);
  }
}

async function createTemplate(maintain: (sql: string) => Promise<unknown>, url: string): Promise<void> {
  await maintain(`create database ${TEMPLATE}`);
  const pool = createPool({ connectionString: url }, quiet);
  await migrate(pool);
  await pool.end();
  await maintain('checkpoint');
}

/** Kills the postmaster and, since they would end by themselves only when they look, its sessions; or one of these alone. */
async function killPostgres(postgres: RunningPostgres, how: 'kill' | 'crash-backend'): Promise<void> {
  const children = await childrenOf(postgres.pid);
  const sessions = children.filter(({ name }) => name.includes('fareflow'));
  const victims = how === 'kill' ? [postgres.pid, ...children.map(({ pid }) => pid)] : [sessions.at(-1)?.pid];
  for (const pid of victims) {
    try {
      if (pid !== undefined) process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
  if (how === 'kill') await postgres.stop();
}

async function childrenOf(parent: number): Promise<{ pid: number; name: string }[]> {
  const children: { pid: number; name: string }[] = [];
  for (const entry of await readdir('/proc')) {
    const pid = Number(entry);
    if (!Number.isInteger(pid)) continue;
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    if (Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) !== parent) continue;
    children.push({ pid, name: await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '') });
  }
  return children;
}

/** A port may need a moment to be free again. */
async function startAgain<T extends RunningPostgres | RunningTemporal>(start: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start();
    } catch (error) {
      if (attempt === 20) throw error;
      await sleep(250);
    }
  }
}

async function answers(ask: () => Promise<unknown>): Promise<void> {
  for (const end = Date.now() + 30_000; ; await sleep(100)) {
    try {
      await ask();
      return;
    } catch (error) {
      if (Date.now() > end) throw error;
    }
  }
}
