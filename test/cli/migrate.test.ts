import { randomBytes, randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { linesOf, runCli } from '../support/cli.ts';

// A database that fareflow has never seen, and a role that may not make anything in another such.
const [fresh, foreign, role] = ['fresh', 'foreign', 'guest'].map(
  (name) => `${name}_${randomUUID().slice(0, 8)}`,
) as [string, string, string];
const password = randomBytes(12).toString('hex');
const server = new pg.Client({ connectionString: inject('databaseUrl') });

const urlOf = (database: string, user?: string) => {
  const url = new URL(inject('databaseUrl'));
  url.pathname = `/${database}`;
  if (user !== undefined) [url.username, url.password] = [user, password];
  return { env: { DATABASE_URL: url.href } };
};

beforeAll(async () => {
  await server.connect();
  await server.query(`create database ${fresh}`);
  await server.query(`create role ${role} login password '${password}'`);
  await server.query(`create database ${foreign}`);
});

afterAll(async () => {
  await server.query(`drop database ${fresh} with (force)`);
  await server.query(`drop database ${foreign} with (force)`);
  await server.query(`drop role ${role}`);
  await server.end();
});

it('prepares a database that has no ledger, once', async () => {
  const before = await runCli(['loads'], urlOf(fresh));
  expect(before).toMatchObject({ code: 1, stdout: '' });
  expect(linesOf(before.stderr)).toEqual([expect.stringMatching(/no ledger yet; run `fareflow migrate`/)]);
  const both = await Promise.all([runCli(['migrate'], urlOf(fresh)), runCli(['migrate'], urlOf(fresh))]);
  expect(both.map(({ code, stderr }) => ({ code, stderr }))).toEqual(Array(2).fill({ code: 0, stderr: '' }));
  expect(both.map(({ stdout }) => stdout).sort()).toEqual([
    expect.stringMatching(/^applied 0001_ledger\.sql/),
    'the database is up to date\n',
  ]);
  expect(await runCli(['loads'], urlOf(fresh))).toMatchObject({
    code: 0,
    stdout: 'no loads yet\n',
    stderr: '',
  });
  expect(await runCli(['loads', '--json'], urlOf(fresh))).toMatchObject({ code: 0, stdout: '[]\n' });
});

it('says in one line that the role may not make a schema', async () => {
  const { code, stdout, stderr } = await runCli(['migrate'], urlOf(foreign, role));
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(linesOf(stderr)).toEqual([
    expect.stringMatching(/^fareflow: the database cannot be migrated: permission denied/),
  ]);
});
