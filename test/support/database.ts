import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, inject } from 'vitest';
import { createPool, type Pool } from '../../src/database/pool.ts';
import { TEMPLATE } from './global-setup.ts';

/** A migrated database of one test file's own. */
export interface TestDatabase {
  readonly url: string;
  readonly pool: Pool;
  /** Rows of a query, as objects. */
  query<T extends pg.QueryResultRow>(sql: string, values?: unknown[]): Promise<T[]>;
}

/** Makes a database for this test file (a copy of the migrated template) and drops it at the end. */
export function useDatabase(): TestDatabase {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const database = { url: '', pool: undefined as unknown as Pool };
  beforeAll(async () => {
    await maintain(`create database ${name} template ${TEMPLATE}`);
    const url = new URL(inject('databaseUrl'));
    url.pathname = `/${name}`;
    database.url = url.href;
    database.pool = createPool({ connectionString: url.href, max: 12 }, () => undefined);
  });
  afterAll(async () => {
    await database.pool.end();
    await maintain(`drop database ${name} with (force)`);
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
  };
}

async function maintain(sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: inject('databaseUrl') });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
