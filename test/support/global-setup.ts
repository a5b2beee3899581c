/** Once for the whole suite: a PostgreSQL server with a migrated template database, and the Temporal CLI. */
import { mkdtemp, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { randomBytes } from 'node:crypto';
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
    /** The server's maintenance database, as its superuser. */
    databaseUrl: string;
    /** The same as the plain role that everything is tested under. */
    loaderUrl: string;
    temporalCli: string;
  }
}

/** The database that every test database is a copy of. */
export const TEMPLATE = 'fareflow_template';

/** No superuser: it has no more than the rights that docs/roles.md gives a role that migrates and loads. */
const LOADER = 'loader';

/** What that role is granted on a database; what it is granted inside of it comes with a copy. */
export const grantsOn = (database: string) =>
  `grant connect, create, temporary on database ${database} to ${LOADER}`;

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const directory = await mkdtemp(join(tmpdir(), 'fareflow-test-'));
  const onProgress = (message: string) => process.stderr.write(`${message}\n`);
  const [postgres, cli] = await Promise.all([
    startPostgres({ directory: join(directory, 'postgres'), onProgress: () => undefined }),
    findTemporalCli({ cacheDirectory: defaultCacheDirectory(process.env, homedir()), onProgress }),
  ]);
  const loaderUrl = await createTemplate(postgres.databaseUrl);
  project.provide('databaseUrl', postgres.databaseUrl);
  project.provide('loaderUrl', loaderUrl);
  project.provide('temporalCli', cli.path);
  return async () => {
    await postgres.stop();
    await rm(directory, { recursive: true, force: true });
  };
}

/** Makes the template and the role, which migrates it; returns the role's URL. */
async function createTemplate(databaseUrl: string): Promise<string> {
  const password = randomBytes(24).toString('hex');
  const url = new URL(databaseUrl);
  await administer(databaseUrl, [
    `create database ${TEMPLATE}`,
    `create role ${LOADER} login password '${password}'`,
    grantsOn(TEMPLATE),
  ]);
  url.pathname = `/${TEMPLATE}`;
  await administer(url.href, [`grant usage, create on schema public to ${LOADER}`]);
  [url.username, url.password] = [LOADER, password];
  const pool = createPool({ connectionString: url.href }, () => undefined);
  await migrate(pool);
  await pool.end();
  url.pathname = new URL(databaseUrl).pathname;
  return url.href;
}

async function administer(connectionString: string, statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
}
