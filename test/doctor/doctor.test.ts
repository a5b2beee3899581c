import { randomBytes, randomUUID } from 'node:crypto';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { createPool } from '../../src/database/pool.ts';
import { examineDisk } from '../../src/doctor/disk.ts';
import type { Finding } from '../../src/doctor/finding.ts';
import { detectPooling } from '../../src/doctor/pooler.ts';
import { examinePostgres } from '../../src/doctor/postgres.ts';
import { examineSources } from '../../src/doctor/sources.ts';
import { linesOf, runCli, startProgram } from '../support/cli.ts';
import { useDatabase } from '../support/database.ts';
import { type Pooler, startPooler } from '../support/pooler.ts';
import { file, status, tripFile, useSource } from '../support/source-server.ts';
import { useTemporal } from '../support/temporal.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { useWorkers } from '../support/worker-process.ts';

const database = useDatabase();
const temporal = useTemporal();
const source = useSource();
const workers = useWorkers();

const configOf = (env: NodeJS.ProcessEnv) => loadConfig({ FAREFLOW_HOME: '/nonexistent/home', ...env });
const postgres = (url = database.url) => examinePostgres(configOf({ DATABASE_URL: url }));
const of = (findings: readonly Finding[], check: string) => findings.find((one) => one.check === check);

beforeAll(() => {
  source.publish('green', '2021-01', file(tripFile({ dataset: 'green', month: '2021-01', rows: 10 })));
});
afterAll(() => workers.logs());

const environment = () => ({
  TEMPORAL_ADDRESS: temporal.address,
  DATABASE_URL: database.url,
  FAREFLOW_CSV_URL: source.urlTemplate,
});

describe('fareflow doctor', () => {
  it('says that nobody works, and what to do, and exits with 1', async () => {
    const { code, stdout, stderr } = await runCli(['doctor', '--json'], { env: environment() });
    const { ok, checks } = JSON.parse(stdout) as { ok: boolean; checks: Finding[] };
    expect({ code, ok, stderr }).toEqual({ code: 1, ok: false, stderr: '' });
    expect(checks.filter(({ outcome }) => outcome === 'failed')).toEqual([
      {
        check: 'workers',
        outcome: 'failed',
        found: 'nobody polls the task queue fareflow',
        advice: expect.stringMatching(/^start `fareflow worker`; if one runs, compare/) as string,
      },
    ]);
  });

  it('finds all well with a worker, a line each, and exits with 0', async () => {
    await workers.start({
      databaseUrl: database.url,
      temporalAddress: temporal.address,
      csvUrl: source.urlTemplate,
    });
    const { code, stdout, stderr } = await runCli(['doctor'], { env: environment() });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const checks = linesOf(stdout).map((line) =>
      /^(ok {2}|warn|FAIL|skip) {2}(.{17}) {2}\S/.exec(line)?.[2]?.trim(),
    );
    expect(checks).toEqual([
      'temporal',
      'namespace',
      'search attributes',
      'workers',
      'postgresql',
      'pooling',
      'settings',
      'rights',
      'migrations',
      'disk',
      'source',
    ]);
    expect(stdout).toMatch(/^ok {4}workers {12}1 on fareflow, version \d/m);
    expect(stdout).not.toContain(new URL(database.url).password);
  });

  it('goes on where nothing answers, and repeats no password', async () => {
    const env = {
      TEMPORAL_ADDRESS: '127.0.0.1:9',
      DATABASE_URL: 'postgres://me:hunter2@127.0.0.1:9/db',
      FAREFLOW_CSV_URL: 'http://127.0.0.1:9/{month}',
    };
    const { code, stdout, stderr } = await runCli(['doctor'], { env });
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(stdout).toMatch(/^FAIL {2}temporal {11}no answer at 127\.0\.0\.1:9/m);
    expect(stdout.match(/start `fareflow dev`/g)).toHaveLength(1);
    expect(stdout).toMatch(/^FAIL {2}postgresql {9}PostgreSQL does not let fareflow in/m);
    expect(stdout).toMatch(/^FAIL {2}source {13}http:\/\/127\.0\.0\.1:9: /m);
    expect(stdout.match(/^skip/gm)).toHaveLength(7);
    expect(stdout).not.toContain('hunter2');
  });

  it('gives the commands that make a namespace and its search attributes, and they do', async () => {
    const env = { ...environment(), TEMPORAL_NAMESPACE: 'trips' };
    const run = async () => {
      const { stdout } = await runCli(['doctor', '--json'], { env });
      return (JSON.parse(stdout) as { checks: Finding[] }).checks;
    };
    const carryOut = async (finding: Finding | undefined) => {
      const [, command = ''] = /`temporal ([^`]+)`/.exec(finding?.advice ?? '') ?? [];
      const { code, stderr } = await (
        await startProgram(inject('temporalCli'), command.split(' '), { env })
      ).result;
      expect(code, stderr).toBe(0);
    };
    const before = await run();
    expect(of(before, 'namespace')).toMatchObject({ outcome: 'failed' });
    expect(of(before, 'workers')).toMatchObject({ outcome: 'skipped' });
    await carryOut(of(before, 'namespace'));
    // A namespace that was made is known everywhere a moment later.
    await expect.poll(async () => of(await run(), 'namespace')?.outcome, { timeout: 30_000 }).toBe('ok');
    await carryOut(of(await run(), 'search attributes'));
    await expect
      .poll(async () => of(await run(), 'search attributes')?.outcome, { timeout: 30_000 })
      .toBe('ok');
  });
});

describe('the check of PostgreSQL', () => {
  it('finds a database that was never migrated, and one that a later version migrated', async () => {
    const name = `test_${randomUUID().replaceAll('-', '')}`;
    await database.administer(`create database ${name}`);
    const url = new URL(database.url);
    url.pathname = `/${name}`;
    const findings = await postgres(url.href);
    await database.administer(`drop database ${name} with (force)`);
    expect(of(findings, 'migrations')).toMatchObject({
      outcome: 'failed',
      found: expect.stringContaining('missing: 0001_ledger.sql') as string,
    });
    await database.query("insert into fareflow.migrations (id, name) values (9999, '9999_future.sql')");
    expect(of(await postgres(), 'migrations')).toMatchObject({
      outcome: 'failed',
      found: 'the database has 9999_future.sql, which this version does not know',
    });
    await database.query('delete from fareflow.migrations where id = 9999');
  });

  it('finds a column that a table lacks', async () => {
    await database.query('alter table fhvhv_tripdata rename column cbd_congestion_fee to gone');
    expect(of(await postgres(), 'migrations')).toMatchObject({
      outcome: 'failed',
      found: 'missing: fhvhv_tripdata.cbd_congestion_fee',
    });
    await database.query('alter table fhvhv_tripdata rename column gone to cbd_congestion_fee');
  });

  it('gives the statements that a role lacks, and they are enough', async () => {
    const role = `reader_${randomUUID().slice(0, 8)}`;
    const password = randomBytes(12).toString('hex');
    await database.administer(`create role ${role} login password '${password}'`);
    const url = new URL(database.url);
    [url.username, url.password] = [role, password];
    const lacking = of(await postgres(url.href), 'rights');
    expect(lacking).toMatchObject({ outcome: 'failed' });
    const [, statements = ''] = / run: (.*)$/.exec(lacking?.advice ?? '') ?? [];
    expect(statements).toMatch(/grant usage, create on schema public to reader_\w+; .*grant \w+ to reader_/);
    await database.administer(statements);
    expect(of(await postgres(url.href), 'rights')).toMatchObject({ outcome: 'ok' });
    await database.administer(`drop owned by ${role}; drop role ${role}`);
  });

  it('warns of a role with too few connections, and refuses a database that may only be read', async () => {
    const role = `few_${randomUUID().slice(0, 8)}`;
    await database.administer(
      `create role ${role} login password 'few' connection limit 10 in role ${new URL(database.url).username};
       alter role ${role} set default_transaction_read_only = on`,
    );
    const url = new URL(database.url);
    [url.username, url.password] = [role, 'few'];
    const findings = await postgres(url.href);
    expect(of(findings, 'settings')).toMatchObject({
      outcome: 'warning',
      found: expect.stringContaining('10 connections') as string,
    });
    expect(of(findings, 'postgresql')).toMatchObject({
      outcome: 'failed',
      found: expect.stringContaining('read-only') as string,
    });
    await database.administer(`drop role ${role}`);
  });
});

describe('a pooler in between', () => {
  const poolers: Pooler[] = [];
  afterAll(() => Promise.all(poolers.map((pooler) => pooler.close())));

  it.each(['session', 'transaction'] as const)('by %s is recognised', async (mode) => {
    const pooler = await startPooler(database.url, mode);
    poolers.push(pooler);
    const pool = createPool({ connectionString: pooler.url, max: 3 }, () => undefined);
    expect(await detectPooling(pool)).toBe(mode);
    await pool.end();
  });

  it('by transaction is no way to load', async () => {
    const findings = await postgres(poolers[1]?.url);
    expect(of(findings, 'pooling')).toMatchObject({
      outcome: 'failed',
      advice: expect.stringContaining('pool_mode=session') as string,
    });
  });

  it('is not there where there is none', async () => {
    expect(of(await postgres(), 'pooling')).toMatchObject({ outcome: 'ok' });
  });
});

describe('the check of the disk', () => {
  it('looks at the directory that the cache will be made in', async () => {
    const home = await temporaryDirectory();
    expect(await examineDisk(join(home, 'not', 'yet'))).toMatchObject({
      found: expect.stringMatching(/^\d+\.\d GB free for .*\/not\/yet$/) as string,
    });
  });

  it.skipIf(process.getuid?.() === 0)('fails where it may not write', async () => {
    const home = await temporaryDirectory();
    await chmod(home, 0o500);
    expect(await examineDisk(join(home, 'cache'))).toMatchObject({ outcome: 'failed' });
  });

  it('fails where the path is a file', async () => {
    const path = join(await temporaryDirectory(), 'cache');
    await writeFile(path, '');
    expect(await examineDisk(path)).toMatchObject({ outcome: 'failed', found: `${path} is no directory` });
  });
});

describe('the check of the sources', () => {
  const sources = async (env: NodeJS.ProcessEnv) => (await examineSources(configOf(env)))[0];

  it.each([
    ['a source that answers', '2021-01', 200, 'ok'],
    ['one that has no such file', '2021-01', 404, 'warning'],
    ['one that is asked too often', '2021-01', 403, 'warning'],
    ['one that is broken', '2021-01', 503, 'failed'],
  ])('%s', async (_, month, code, outcome) => {
    const answer = code === 200 ? file(Buffer.from('x')) : status(code);
    for (const dataset of ['yellow', 'green', 'fhv', 'fhvhv']) source.publish(dataset, month, answer);
    expect(await sources({ FAREFLOW_CSV_URL: source.urlTemplate })).toMatchObject({ outcome });
  });

  it('a redirect to a host that a worker may not fetch from fails, as it would for the worker', async () => {
    source.publish('yellow', '2021-01', status(302, { location: 'http://elsewhere.invalid/x' }));
    expect(await sources({ FAREFLOW_CSV_URL: source.urlTemplate })).toMatchObject({
      outcome: 'failed',
      found: expect.stringContaining('the host elsewhere.invalid is not allowed') as string,
    });
  });
});
