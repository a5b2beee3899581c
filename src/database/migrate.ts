import { readdir, readFile } from 'node:fs/promises';
import pg from 'pg';
import { datasets } from '../datasets/index.ts';
import { type Client, type Pool, withTransaction } from './pool.ts';
import { TARGET_SCHEMA } from './sql.ts';
import { ensureTarget } from './target.ts';

const MIGRATIONS = new URL('../../migrations/', import.meta.url);

/** Any number that no other program is likely to lock. */
const MIGRATION_LOCK = 7_031_994_115;

const INSUFFICIENT_PRIVILEGE = '42501';

/** The database was migrated by a later version of fareflow than this one. */
export class DatabaseTooNewError extends Error {
  override name = 'DatabaseTooNewError';
}

interface Migration {
  id: number;
  name: string;
}

/**
 * Brings the database to this version's shape: the numbered migrations that it lacks, then the tables of every
 * data set, all in one transaction. Safe when several workers start at once: the second waits for the first.
 * Returns the names of the migrations that were applied.
 */
export async function migrate(pool: Pool): Promise<string[]> {
  return withTransaction(pool, { name: 'migrate' }, async (client) => {
    await client.query('select pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
    const applied = await appliedMigrations(client);
    const known = await knownMigrations();
    refuseNewerDatabase(applied, known);
    const missing = known.filter(({ id }) => !applied.some((migration) => migration.id === id));
    for (const { id, name } of missing) {
      await client.query(await readFile(new URL(name, MIGRATIONS), 'utf8'));
      await client.query('insert into fareflow.migrations (id, name) values ($1, $2)', [id, name]);
    }
    for (const dataset of datasets) await ensureTarget(client, dataset);
    return missing.map(({ name }) => name);
  }).catch(async (error: unknown) => {
    if (error instanceof pg.DatabaseError && error.code === INSUFFICIENT_PRIVILEGE) {
      error.message += `; ${await missingRights(pool)}`;
    }
    throw error;
  });
}

/** What an administrator has to say to PostgreSQL before this role can migrate. */
async function missingRights(pool: Pool): Promise<string> {
  const { rows } = await pool.query<{ grants: string }>(
    `select format('grant create on database %I to %I; grant create on schema ${TARGET_SCHEMA} to %2$I',
       current_database(), current_user) as grants`,
  );
  return `let an administrator of this database run: ${rows[0]?.grants}`;
}

/** Files `0001_ledger.sql`, in the order of their numbers. */
async function knownMigrations(): Promise<Migration[]> {
  const names = (await readdir(MIGRATIONS)).filter((name) => name.endsWith('.sql')).sort();
  return names.map((name) => ({ id: Number.parseInt(name, 10), name }));
}

async function appliedMigrations(client: Client): Promise<Migration[]> {
  const { rows: found } = await client.query<{ exists: boolean }>(
    "select to_regclass('fareflow.migrations') is not null as exists",
  );
  if (found[0]?.exists !== true) {
    await client.query('create schema if not exists fareflow');
    await client.query(`create table fareflow.migrations (
      id integer primary key,
      name text not null,
      applied_at timestamptz not null default clock_timestamp()
    )`);
    return [];
  }
  const { rows } = await client.query<Migration>('select id, name from fareflow.migrations order by id');
  return rows;
}

function refuseNewerDatabase(applied: readonly Migration[], known: readonly Migration[]): void {
  const newest = Math.max(0, ...known.map(({ id }) => id));
  const unknown = applied.find(({ id }) => id > newest);
  if (unknown !== undefined) {
    throw new DatabaseTooNewError(
      `the database has migration ${unknown.name}, which this version of fareflow does not know: use the version that made it, or a later one`,
    );
  }
}
