/** Once for the whole suite: a PostgreSQL server with a migrated template database, and the Temporal CLI. */
import { mkdtemp, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { migrate } from '../../src/database/migrate.ts';
import { createPool } from '../../src/database/pool.ts';
import { defaultCacheDirectory } from '../../src/stack/cache-directory.ts';
import { findTemporalCli } from '../../src/stack/find-temporal-cli.ts';
import { startPostgres } from '../../src/stack/start-postgres.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The server's maintenance database. */
    databaseUrl: string;
    temporalCli: string;
  }
}

/** The database that every test database is a copy of. */
export const TEMPLATE = 'fareflow_template';

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const directory = await mkdtemp(join(tmpdir(), 'fareflow-test-'));
  const onProgress = (message: string) => process.stderr.write(`${message}\n`);
  const [postgres, cli] = await Promise.all([
    startPostgres({ directory: join(directory, 'postgres'), onProgress: () => undefined }),
    findTemporalCli({ cacheDirectory: defaultCacheDirectory(process.env, homedir()), onProgress }),
  ]);
  await createTemplate(postgres.databaseUrl);
  project.provide('databaseUrl', postgres.databaseUrl);
  project.provide('temporalCli', cli.path);
  return async () => {
    await postgres.stop();
    await rm(directory, { recursive: true, force: true });
  };
}

async function createTemplate(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query(`create database ${TEMPLATE}`);
  await client.end();
  const url = new URL(databaseUrl);
  url.pathname = `/${TEMPLATE}`;
  const pool = createPool({ connectionString: url.href }, () => undefined);
  await migrate(pool);
  await pool.end();
}
