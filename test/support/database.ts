import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, inject } from 'vitest';
import { createPool, type Pool } from '../../src/database/pool.ts';
import { grantsOn, TEMPLATE } from './global-setup.ts';

/** A migrated database of one test file's own, as a role that is no superuser sees it. */
export interface TestDatabase {
  readonly url: string;
  readonly pool: Pool;
  /** Rows of a query, as objects. */
  query<T extends pg.QueryResultRow>(sql: string, values?: unknown[]): Promise<T[]>;
  /** Does what only the superuser may: roles, event triggers, other people's sessions. */
  administer(sql: string, values?: unknown[]): Promise<void>;
}

/** Makes a database for this test file (a copy of the migrated template) and drops it at the end. */
export function useDatabase(): TestDatabase {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const database = { url: '', pool: undefined as unknown as Pool };
  beforeAll(async () => {
    await administer(inject('databaseUrl'), `create database ${name} template ${TEMPLATE}`);
    await administer(inject('databaseUrl'), grantsOn(name));
    const url = new URL(inject('loaderUrl'));
    url.pathname = `/${name}`;
    database.url = url.href;
    database.pool = createPool({ connectionString: url.href, max: 12 }, () => undefined);
  });
  afterAll(async () => {
    await database.pool.end();
    await administer(inject('databaseUrl'), `drop database ${name} with (force)`);
  });
  return {
    get url() {
      return database.url;
    },
    get pool() {
      return database.pool;
    },
    async query<T extends pg.QueryResultRow>(sql: string, values: unknown[] = []) {
      return (await database.pool.query<T>(sql, values)).rows;
    },
    async administer(sql, values) {
      const url = new URL(inject('databaseUrl'));
      url.pathname = `/${name}`;
      await administer(url.href, sql, values);
    },
  };
}

async function administer(connectionString: string, sql: string, values?: unknown[]): Promise<void> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    await client.query(sql, values);
  } finally {
    await client.end();
  }
}
