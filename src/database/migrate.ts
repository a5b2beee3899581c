import { readdir, readFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import { type Column, type Dataset, datasets } from '../datasets/index.ts';
import { lockMigration } from './locks.ts';
import { type Client, type Pool, withTransaction } from './pool.ts';
import { TARGET_SCHEMA } from './sql.ts';
import { createTarget, extendTarget } from './target.ts';

const MIGRATIONS = new URL('../../migrations/', import.meta.url);

const INSUFFICIENT_PRIVILEGE = '42501';
/** lock_not_available, deadlock_detected */
const IN_USE = ['55P03', '40P01'];

/** It has `pg_input_error_info`, which says what is wrong with a value before it ends a transaction. */
const LEAST_MAJOR_VERSION = 16;

/** Together with the five seconds that a turn waits, two minutes. */
const TURNS = 12;
const BETWEEN_TURNS_MS = 5_000;

/** The database was migrated by a later version of fareflow than this one. */
export class DatabaseTooNewError extends Error {
  override name = 'DatabaseTooNewError';
}

/** The server cannot do what loads need. */
export class DatabaseTooOldError extends Error {
  override name = 'DatabaseTooOldError';
}

interface Migration {
  id: number;
  name: string;
}

/**
 * Brings the database to this version's shape: the numbered migrations that it lacks and the tables of every data set,
 * all in one transaction, then in one each the columns that a table lacks. Safe when several workers start at once: the
 * second waits for the first. Returns the names of the migrations that were applied, and the columns that were added.
 */
export async function migrate(pool: Pool): Promise<string[]> {
  await refuseOlderServer(pool);
  const applied = await applyMigrations(pool);
  for (const dataset of datasets) {
    const added = await addColumns(pool, dataset);
    applied.push(...added.map(({ name, type }) => `column ${name} (${type}) of ${dataset.table}`));
  }
  return applied;
}

async function refuseOlderServer(pool: Pool): Promise<void> {
  const { rows } = await pool.query<{ version: string; major: number }>(
    "select current_setting('server_version') as version, current_setting('server_version_num')::int / 10000 as major",
  );
  const [server] = rows;
  if (server === undefined || server.major >= LEAST_MAJOR_VERSION) return;
  throw new DatabaseTooOldError(
    `the server is PostgreSQL ${server.version}, and fareflow needs PostgreSQL ${LEAST_MAJOR_VERSION} or later: upgrade it, or set DATABASE_URL to a later one`,
  );
}

async function applyMigrations(pool: Pool): Promise<string[]> {
  return withTransaction(pool, { name: 'migrate' }, async (client) => {
    await lockMigration(client);
    const applied = await appliedMigrations(client);
    const known = await knownMigrations();
    refuseNewerDatabase(applied, known);
    const missing = known.filter(({ id }) => !applied.some((migration) => migration.id === id));
    for (const { id, name } of missing) {
      await client.query(await readFile(new URL(name, MIGRATIONS), 'utf8'));
      await client.query('insert into fareflow.migrations (id, name) values ($1, $2)', [id, name]);
    }
    for (const dataset of datasets) await createTarget(client, dataset);
    return missing.map(({ name }) => name);
  }).catch(async (error: unknown) => {
    if (error instanceof pg.DatabaseError && error.code === INSUFFICIENT_PRIVILEGE) {
      error.message += `; ${await missingRights(pool)}`;
    }
    throw error;
  });
}

/** What a migration would do here, and what it could not undo. */
export interface MigrationState {
  /** Migrations and columns (`table.column`) that the database lacks. */
  missing: string[];
  /** The migration that a later version of fareflow made, if there is one. */
  unknown: string | undefined;
}

/** How far the database has been migrated; it changes nothing. */
export async function migrationState(pool: Pool): Promise<MigrationState> {
  const known = await knownMigrations();
  const applied = (await isMigrated(pool)) ? await listApplied(pool) : [];
  const missing = known.filter(({ id }) => !applied.some((migration) => migration.id === id));
  const columns = applied.length === 0 ? [] : await missingColumns(pool);
  return {
    missing: [...missing.map(({ name }) => name), ...columns],
    unknown: newerThan(known, applied)?.name,
  };
}

async function missingColumns(pool: Pool): Promise<string[]> {
  const wanted = datasets.flatMap(({ table, columns }) => columns.map(({ name }) => ({ table, name })));
  const { rows } = await pool.query<{ missing: string }>(
    `select wanted.table || '.' || wanted.name as missing
     from jsonb_to_recordset($1) as wanted ("table" text, name text)
     where not exists (
       select from pg_attribute a
       where a.attrelid = to_regclass(format('%I.%I', $2::text, wanted.table)) and a.attname = wanted.name
     )`,
    [JSON.stringify(wanted), TARGET_SCHEMA],
  );
  return rows.map(({ missing }) => missing);
}

/**
 * Adds what a data set's table lacks as soon as nobody uses the table. It waits in turns: everybody who comes while it
 * waits has to wait behind it.
 */
async function addColumns(pool: Pool, dataset: Dataset): Promise<Column[]> {
  for (let turn = 1; ; turn++) {
    try {
      return await withTransaction(pool, { name: 'migrate' }, async (client) => {
        await lockMigration(client);
        return extendTarget(client, dataset);
      });
    } catch (error) {
      if (!(error instanceof pg.DatabaseError) || !IN_USE.includes(error.code ?? '')) throw error;
      if (turn === TURNS) {
        error.message = `new columns cannot be added to ${dataset.table}, somebody has been using it for minutes (${error.message}); see pg_stat_activity, and try again when that has ended`;
        throw error;
      }
      await setTimeout(BETWEEN_TURNS_MS);
    }
  }
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
  if (!(await isMigrated(client))) {
    await client.query('create schema if not exists fareflow');
    await client.query(`create table fareflow.migrations (
      id integer primary key,
      name text not null,
      applied_at timestamptz not null default clock_timestamp()
    )`);
    return [];
  }
  return listApplied(client);
}

async function isMigrated(client: Client | Pool): Promise<boolean> {
  const { rows } = await client.query<{ exists: boolean }>(
    "select to_regclass('fareflow.migrations') is not null as exists",
  );
  return rows[0]?.exists === true;
}

async function listApplied(client: Client | Pool): Promise<Migration[]> {
  const { rows } = await client.query<Migration>('select id, name from fareflow.migrations order by id');
  return rows;
}

function refuseNewerDatabase(applied: readonly Migration[], known: readonly Migration[]): void {
  const unknown = newerThan(known, applied);
  if (unknown !== undefined) {
    throw new DatabaseTooNewError(
      `the database has migration ${unknown.name}, which this version of fareflow does not know: use the version that made it, or a later one`,
    );
  }
}

function newerThan(known: readonly Migration[], applied: readonly Migration[]): Migration | undefined {
  const newest = Math.max(0, ...known.map(({ id }) => id));
  return applied.find(({ id }) => id > newest);
}
