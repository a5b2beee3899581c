import { randomUUID } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { DatabaseTooNewError, DatabaseTooOldError, migrate } from '../../src/database/migrate.ts';
import { createPool, type Pool } from '../../src/database/pool.ts';
import { datasets } from '../../src/datasets/index.ts';
import { connect } from '../support/tables.ts';

let server: pg.Client;
let pool: Pool;
const databases: string[] = [];
const roles: string[] = [];

beforeAll(async () => {
  server = await connect(inject('databaseUrl'));
});
beforeEach(async () => {
  const url = await emptyDatabase();
  pool = createPool({ connectionString: url }, () => undefined);
  return () => pool.end();
});
afterAll(async () => {
  for (const name of databases) await server.query(`drop database ${name} with (force)`);
  for (const name of roles) await server.query(`drop role ${name}`);
  await server.end();
});

async function emptyDatabase(): Promise<string> {
  const name = `empty_${randomUUID().replaceAll('-', '')}`;
  await server.query(`create database ${name}`);
  databases.push(name);
  const url = new URL(inject('databaseUrl'));
  url.pathname = `/${name}`;
  return url.href;
}

/** Everything in the database that a migration could make, with its identity: made again is made anew. */
async function inventory(): Promise<unknown[]> {
  const { rows } = await pool.query<{ oid: number }>(
    `select oid, relname from pg_class
     where relnamespace in ('public'::regnamespace, 'fareflow'::regnamespace) order by oid`,
  );
  return rows;
}

const migrations = async () =>
  (await readdir(new URL('../../migrations/', import.meta.url)))
    .filter((name) => name.endsWith('.sql'))
    .sort();

it('makes everything in an empty database and says which migrations it applied', async () => {
  expect(await migrate(pool)).toEqual(await migrations());
  for (const { table } of datasets) {
    const { rows } = await pool.query(`select * from public.${table}_lineage`);
    expect(rows).toEqual([]);
  }
  const { rows } = await pool.query("select to_regnamespace('fareflow_staging') is not null as there");
  expect(rows).toEqual([{ there: true }]);
});

it('does nothing the second time', async () => {
  await migrate(pool);
  const before = await inventory();
  expect(await migrate(pool)).toEqual([]);
  expect(await inventory()).toEqual(before);
});

it('is done once when several workers start at the same moment', async () => {
  const applied = await Promise.all([migrate(pool), migrate(pool), migrate(pool), migrate(pool)]);
  expect(applied.flat()).toEqual(await migrations());
  const { rows } = await pool.query('select name from fareflow.migrations order by id');
  expect(rows.map((row: { name: string }) => row.name)).toEqual(await migrations());
});

it('leaves nothing behind when it fails half-way, and can be done again', async () => {
  await pool.query('create table public.green_tripdata_lineage (n integer)');
  await expect(migrate(pool)).rejects.toThrow('green_tripdata_lineage');
  expect((await pool.query("select to_regnamespace('fareflow') as schema")).rows).toEqual([{ schema: null }]);
  await pool.query('drop table public.green_tripdata_lineage');
  expect(await migrate(pool)).toEqual(await migrations());
});

it('refuses a database that a later version has migrated, and changes nothing in it', async () => {
  await migrate(pool);
  await pool.query("insert into fareflow.migrations (id, name) values (9999, '9999_later.sql')");
  await pool.query('drop view public.green_tripdata_lineage');
  await expect(migrate(pool)).rejects.toThrow(DatabaseTooNewError);
  await expect(migrate(pool)).rejects.toThrow(
    /9999_later\.sql.*use the version that made it, or a later one/,
  );
  expect((await pool.query("select to_regclass('public.green_tripdata_lineage') as view")).rows).toEqual([
    { view: null },
  ]);
});

it('refuses a server that is too old, in a sentence, and makes nothing in it', async () => {
  const url = new URL(await emptyDatabase());
  const client = await connect(url.href);
  // There is no such server here: this database says that it is on one.
  await client.query(`create schema older;
    create function older.current_setting(name text) returns text language sql as
      $$ select case name when 'server_version' then '15.19 (Debian)' else '150019' end $$;
    alter database ${url.pathname.slice(1)} set search_path = older, pg_catalog, public`);
  const old = createPool({ connectionString: url.href }, () => undefined);
  await expect(migrate(old)).rejects.toThrow(DatabaseTooOldError);
  await expect(migrate(old)).rejects.toThrow(
    'the server is PostgreSQL 15.19 (Debian), and fareflow needs PostgreSQL 16 or later',
  );
  await old.end();
  expect((await client.query("select to_regnamespace('fareflow') as schema")).rows).toEqual([
    { schema: null },
  ]);
  await client.end();
});

it('does not wait for people who read the tables and views that are there', async () => {
  await migrate(pool);
  const reader = await pool.connect();
  await reader.query('begin');
  for (const { table } of datasets) await reader.query(`select from public.${table}_lineage`);
  await reader.query('select from fareflow.loads');
  try {
    await pool.query("set lock_timeout = '1s'");
    expect(await migrate(pool)).toEqual([]);
  } finally {
    reader.release(true);
  }
});

describe('a role without rights', () => {
  async function asRole(grants: (role: string, database: string) => string[]): Promise<Pool> {
    const url = new URL(await emptyDatabase());
    const role = `poor_${randomUUID().replaceAll('-', '')}`;
    await server.query(`create role ${role} login password '${url.password}'`);
    roles.push(role);
    const admin = await connect(url.href);
    for (const grant of grants(role, url.pathname.slice(1))) await admin.query(grant);
    await admin.end();
    url.username = role;
    return createPool({ connectionString: url.href }, () => undefined);
  }

  it.each<[string, (role: string, database: string) => string[], RegExp]>([
    ['on the database', () => [], /permission denied for database \w+.*grant create on database/],
    [
      'on the schema public',
      (role, database) => [`grant create on database ${database} to ${role}`],
      /permission denied for schema public.*grant create on schema public to poor_/,
    ],
  ])('is told which one it lacks %s', async (_, grants, message) => {
    const poor = await asRole(grants);
    await expect(migrate(poor)).rejects.toThrow(message);
    await poor.end();
  });

  it('needs no more than to create in the database and in the schema public', async () => {
    const plain = await asRole((role, database) => [
      `grant create on database ${database} to ${role}`,
      `grant create on schema public to ${role}`,
    ]);
    expect(await migrate(plain)).toEqual(await migrations());
    await plain.end();
  });
});
