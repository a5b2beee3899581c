import { createConnection } from 'node:net';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import {
  asFailure,
  httpStatuses,
  isDataError,
  isUniqueViolation,
  sqlStates,
} from '../../src/activities/failures.ts';
import { EndlessRecordError } from '../../src/csv/records.ts';
import { TruncatedBodyError } from '../../src/source/fetch-file.ts';
import { CorruptFileError, OversizedFileError } from '../../src/source/content-check.ts';
import { HttpStatusError } from '../../src/source/request.ts';
import { useDatabase } from '../support/database.ts';

const database = useDatabase();
const about = { dataset: 'green', month: '2021-03' };

/** What an activity would end with; every failure of one begins with what it is about. */
function failureOf(error: unknown): ApplicationFailure {
  const failure = asFailure(error, about);
  if (!(failure instanceof ApplicationFailure)) throw failure;
  expect(failure.message).toMatch(/^green 2021-03: \S/);
  return failure;
}

/** The error of a statement, or of the last of several. */
async function sqlError(...statements: string[]): Promise<pg.DatabaseError> {
  const client = await database.pool.connect();
  try {
    await client.query('begin');
    for (const statement of statements) await client.query(statement);
  } catch (error) {
    if (error instanceof pg.DatabaseError) return error;
    throw error;
  } finally {
    await client.query('rollback');
    client.release();
  }
  throw new Error('there was no error');
}

const stated = (code: string) => Object.assign(new pg.DatabaseError('it went wrong', 0, 'error'), { code });

describe('an error of PostgreSQL that the next attempt cannot meet differently', () => {
  it.each([
    ['BadRow', '22P02', ["select 'abc'::integer"], 'abc'],
    ['BadRow', '22003', ["select '99999999999'::integer"], 'out of range'],
    ['BadRow', '22007', ["select 'noon'::timestamp"], 'noon'],
    ['BadRow', '23502', ['create table t (a int not null)', 'insert into t values (null)'], '"a"'],
    [
      'TargetRejected',
      '42501',
      ['create table t ()', 'revoke all on t from current_user', 'select from t'],
      'table t; grant the right to the role that the worker connects as, then load again',
    ],
    ['TargetRejected', '42P01', ['select * from none'], 'run `fareflow migrate`, then load again'],
    ['TargetRejected', '3F000', ['create table none.t ()'], 'run `fareflow migrate`, then load again'],
    ['TargetRejected', '42703', ['select none from fareflow.loads'], 'run `fareflow migrate`'],
    [
      'TargetRejected',
      '23505',
      ['create table t (a int primary key)', 'insert into t values (1), (1)'],
      'Key (a)=(1) already exists',
    ],
    ['TargetRejected', '23514', ['create table t (a int check (a > 0))', 'insert into t values (0)'], '(0)'],
    ['TargetRejected', '42601', ['selec 1'], 'syntax error'],
    [
      'TargetRejected',
      '0A000',
      ['select count(*) from fareflow.loads for update'],
      'is not allowed with aggregate functions',
    ],
    [
      'TargetRejected',
      '54011',
      [`create table t (${Array.from({ length: 1_601 }, (_, i) => `c${i} int`).join()})`],
      '1600',
    ],
    [
      'TargetRejected',
      '2BP01',
      ['create table t (a int)', 'create view v as select * from t', 'drop table t'],
      'depend',
    ],
  ])('is %s: %s', async (type, code, statements, message) => {
    const error = await sqlError(...statements);
    expect(error.code).toBe(code);
    const failure = failureOf(error);
    expect(failure).toMatchObject({ type, nonRetryable: true, cause: error });
    expect(failure.message).toContain(message);
  });

  it.each([
    ['53100', 'TargetRejected', 'free space on the disk of the database'],
    ['3D000', 'TargetRejected', 'it went wrong'],
  ])('is that too which a test cannot bring about: %s', (code, type, message) => {
    const failure = failureOf(stated(code));
    expect(failure).toMatchObject({ type, nonRetryable: true });
    expect(failure.message).toContain(message);
  });
});

describe('an error of PostgreSQL that may have gone by the next attempt', () => {
  it.each([
    ['55P03', ['lock table fareflow.loads nowait'], 'lock table fareflow.loads'],
    ['57014', ["set local statement_timeout = '20ms'", 'select pg_sleep(10)'], undefined],
  ])('is retried, with its cause: %s', async (code, statements, holding) => {
    const holder = await database.pool.connect();
    try {
      if (holding !== undefined) await holder.query(`begin; ${holding}`);
      const error = await sqlError(...statements);
      expect(error.code).toBe(code);
      expect(failureOf(error)).toMatchObject({ nonRetryable: false, cause: error });
    } finally {
      await holder.query('rollback');
      holder.release();
    }
  });

  it('is retried: the connection was ended by an administrator', async () => {
    const client = await database.pool.connect();
    client.on('error', () => undefined);
    const error: unknown = await client
      .query('select pg_terminate_backend(pg_backend_pid())')
      .catch((error: unknown) => error);
    client.release(true);
    expect(error).toMatchObject({ code: '57P01' });
    expect(failureOf(error)).toMatchObject({ nonRetryable: false, cause: error });
  });

  it('is retried: nobody listens', async () => {
    const pool = new pg.Pool({ host: '127.0.0.1', port: 1 });
    const error: unknown = await pool.connect().catch((error: unknown) => error);
    expect(failureOf(error).message).toBe('green 2021-03: connect ECONNREFUSED 127.0.0.1:1');
    expect(failureOf(error)).toMatchObject({ nonRetryable: false, cause: error });
  });

  it.each([
    '08006',
    '08P01',
    '40001',
    '40P01',
    '53200',
    '53300',
    '57P01',
    '57P03',
    '58030',
    'XX000',
    '28P01',
    '25006',
    'P0001',
    '',
  ])('is that too which a test cannot bring about: %s', (code) => {
    const error = stated(code);
    expect(failureOf(error)).toMatchObject({ nonRetryable: false, cause: error });
  });
});

describe('the tables', () => {
  it.each([
    ['sqlStates', sqlStates],
    ['httpStatuses', httpStatuses],
  ])('%s gives a reason for every row, and no row stands behind one that takes it all', (_name, rows) => {
    for (const { reason } of rows) expect(reason.length).toBeGreaterThan(10);
    const patterns = rows.map(({ matches }) => matches.source);
    expect(new Set(patterns).size).toBe(rows.length);
    const samples = [
      '08006',
      '40001',
      '55P03',
      '53100',
      '53200',
      '57014',
      '58030',
      '28P01',
      '22P02',
      '42501',
      '42P01',
      '42601',
      '403',
      '503',
      '400',
    ];
    for (const row of rows) {
      const first = samples.filter((code) => rows.find(({ matches }) => matches.test(code)) === row);
      expect(first, row.matches.source).not.toEqual([]);
    }
  });
});

describe('a status of HTTP', () => {
  const answered = (status: number, retryAfterMs?: number) =>
    new HttpStatusError(new URL('https://mirror.example/x.gz'), status, retryAfterMs);

  it.each([408, 425, 429, 500, 502, 503, 504, 302, 204])('is retried: %i', (status) => {
    const failure = failureOf(answered(status));
    expect(failure).toMatchObject({ nonRetryable: false, type: 'HttpStatusError' });
    expect(failure.nextRetryDelay).toBeUndefined();
    expect(failure.message).toBe(
      `green 2021-03: https://mirror.example/x.gz answered with HTTP status ${status}`,
    );
  });

  it('is retried if it is 403, and may mean either of two things: 403', () => {
    const failure = failureOf(answered(403));
    expect(failure).toMatchObject({ nonRetryable: false, type: 'HttpStatusError' });
    expect(failure.message).toMatch(
      /answered with HTTP status 403; either the source wants to be asked less often, or it does not have this file/,
    );
  });

  it.each([400, 401, 405, 414, 451])('is SourceGone, with what to do about it: %i', (status) => {
    const failure = failureOf(answered(status));
    expect(failure).toMatchObject({ nonRetryable: true, type: 'SourceGone' });
    expect(failure.message).toMatch(/HTTP status \d+; check the URL, or set FAREFLOW_CSV_URL/);
  });

  it('is retried no sooner than the source asked for', () => {
    expect(failureOf(answered(429, 120_000)).nextRetryDelay).toBe(120_000);
    expect(failureOf(answered(503, 5_000)).nextRetryDelay).toBe(5_000);
  });
});

describe('an error of our own', () => {
  it.each<[Error, string, string]>([
    [
      new CorruptFileError('it is empty'),
      'SourceCorrupt',
      'green 2021-03: it is empty; the file at the source is broken: wait',
    ],
    [
      new OversizedFileError(10),
      'SourceCorrupt',
      'green 2021-03: the file unpacks to more than 10 bytes; look at the file at the source; if it is meant',
    ],
    [
      new EndlessRecordError('at byte 7'),
      'BadRow',
      'begins at byte 7 of the unpacked file does not end within 16 MiB',
    ],
  ])('is terminal: %s', (error, type, message) => {
    const failure = failureOf(error);
    expect(failure).toMatchObject({ type, nonRetryable: true, cause: error });
    expect(failure.message).toContain(message);
  });

  it('is retried when the download can go on', () => {
    const error = new TruncatedBodyError('the connection ended after 5 of 10 bytes');
    expect(failureOf(error)).toMatchObject({ type: 'TruncatedBodyError', nonRetryable: false, cause: error });
  });

  it('is a failure already, and keeps all that it says', () => {
    const cause = new Error('below');
    const failure = ApplicationFailure.create({
      message: 'the header lacks VendorID',
      type: 'SchemaMismatch',
      nonRetryable: true,
      details: [{ line: 1 }],
      nextRetryDelay: 1_000,
      category: 'BENIGN',
      cause,
    });
    expect(failureOf(failure)).toMatchObject({
      message: 'green 2021-03: the header lacks VendorID',
      type: 'SchemaMismatch',
      nonRetryable: true,
      details: [{ line: 1 }],
      nextRetryDelay: 1_000,
      category: 'BENIGN',
      cause,
    });
    expect(failureOf(failureOf(failure)).message).toBe('green 2021-03: the header lacks VendorID');
  });

  it('is a cancellation and stays one', () => {
    const cancelled = new CancelledFailure('enough');
    expect(asFailure(cancelled, about)).toBe(cancelled);
  });
});

describe('an error that says nothing by itself', () => {
  it('tells the reason below it: fetch failed', async () => {
    const error: unknown = await fetch('http://127.0.0.1:1/x').catch((error: unknown) => error);
    // The fetch standard keeps port 1 for itself.
    expect(failureOf(error).message).toBe('green 2021-03: fetch failed: bad port');
    const refused: unknown = await fetch('http://127.0.0.1:9/x').catch((error: unknown) => error);
    expect(failureOf(refused).message).toMatch(
      /^green 2021-03: fetch failed: (bad port|connect ECONNREFUSED)/,
    );
    expect(failureOf(refused)).toMatchObject({ type: 'TypeError', nonRetryable: false });
  });

  it('tells every reason of several: a host with two addresses', async () => {
    const error = await new Promise<unknown>((resolve) => {
      const both = [
        { address: '127.0.0.1', family: 4 },
        { address: '127.0.0.2', family: 4 },
      ];
      createConnection({
        host: 'both',
        port: 1,
        autoSelectFamily: true,
        lookup: (_host, _options, done) => done(null, both),
      }).on('error', resolve);
    });
    expect(error).toBeInstanceOf(AggregateError);
    const both = 'connect ECONNREFUSED 127.0.0.1:1; connect ECONNREFUSED 127.0.0.2:1';
    expect(failureOf(error).message).toBe(`green 2021-03: ${both}`);
    const failed = new TypeError('fetch failed', { cause: error });
    expect(failureOf(failed).message).toBe(`green 2021-03: fetch failed: ${both}`);
  });

  it.each([
    ['text', 'text'],
    [undefined, 'undefined'],
    [new Error(''), 'Error'],
    [Object.assign(new Error(''), { code: 'ECONNRESET' }), 'ECONNRESET'],
    [new Error('outer', { cause: new Error('') }), 'outer: Error'],
    [new Error('outer', { cause: 'no error' }), 'outer'],
    [new AggregateError([], ''), 'AggregateError'],
  ])('is given as well as can be: %s', (error, message) => {
    expect(failureOf(error).message).toBe(`green 2021-03: ${message}`);
  });
});

describe('what a step may ask of an error', () => {
  it('is whether a value does not fit its column', async () => {
    expect(isDataError(await sqlError("select 'abc'::integer"))).toBe(true);
    expect(isDataError(await sqlError('selec 1'))).toBe(false);
    expect(isDataError(new Error('22P02'))).toBe(false);
  });

  it('is whether a key is there twice', () => {
    expect(isUniqueViolation(stated('23505'))).toBe(true);
    expect(isUniqueViolation(stated('23514'))).toBe(false);
    expect(isUniqueViolation(Object.assign(new Error(), { code: '23505' }))).toBe(false);
  });
});
