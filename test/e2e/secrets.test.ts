/** A whole run with a password that is like no other text, in everything that it leaves anywhere. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { randomBytes } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CliResult, runCli } from '../support/cli.ts';
import { useDatabase } from '../support/database.ts';
import { file, tripFile, useSource } from '../support/source-server.ts';
import { asText, useTemporal } from '../support/temporal.ts';
import { greenCsv, greenTrip } from '../support/trip-csv.ts';
import { type TestWorker, useWorkers } from '../support/worker-process.ts';

/** With characters that have to be escaped in a URL, and so come in two spellings. */
const core = randomBytes(9).toString('hex');
const password = `p@ss/${core}#1 %`;
const role = `secretive_${randomBytes(4).toString('hex')}`;
const spellings = [password, encodeURIComponent(password), core];

const database = useDatabase();
const temporal = useTemporal();
const source = useSource();
const workers = useWorkers();
const written: string[] = [];
const commandLines = new Set<string>();
let watching: NodeJS.Timeout;
let worker: TestWorker;
/** What Temporal tells of a load that cannot reach the database, and tries. */
let pending = '';
let env: Record<string, string>;

function expectNoSecret(text: string): void {
  for (const spelling of spellings) {
    const at = text.indexOf(spelling);
    expect(at < 0 ? '' : text.slice(Math.max(0, at - 300), at + 100)).toBe('');
  }
}

async function run(...args: string[]): Promise<CliResult> {
  const result = await runCli(args, { env, home: worker.home });
  written.push(result.stdout, result.stderr);
  return result;
}

/** What `ps` shows of every process, again and again. */
async function lookAtProcesses(): Promise<void> {
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (line !== '') commandLines.add(line.replaceAll('\0', ' '));
  }
}

beforeAll(async () => {
  await database.administer(`create role ${role} login password '${password}' in role loader`);
  const url = new URL(database.url);
  [url.username, url.password] = [role, encodeURIComponent(password)];
  for (const month of ['2021-01', '2021-02'])
    source.publish('green', month, file(tripFile({ dataset: 'green', month, rows: 300 })));
  source.publish('green', '2021-03', file(gzipSync(greenCsv([greenTrip('2021-03-01', { extra: 'dear' })]))));
  env = {
    DATABASE_URL: url.href,
    TEMPORAL_ADDRESS: temporal.address,
    FAREFLOW_LOG_LEVEL: 'trace',
  };
  watching = setInterval(() => void lookAtProcesses(), 200);
  worker = await workers.start({
    databaseUrl: url.href,
    temporalAddress: temporal.address,
    csvUrl: source.urlTemplate,
    env: { FAREFLOW_LOG_LEVEL: 'trace' },
  });
});
afterAll(async () => {
  clearInterval(watching);
  await workers.logs();
  await database.administer(`reassign owned by ${role} to loader; drop owned by ${role}; drop role ${role}`);
});

describe('the password of the database', () => {
  it('is needed by what is run here: loads that end well, badly, and commands that cannot connect', async () => {
    expect(await run('migrate')).toMatchObject({ code: 0 });
    expect(await run('load', 'green', '2021-01', '2021-02')).toMatchObject({ code: 0 });
    expect(await run('load', 'green', '2021-03')).toMatchObject({ code: 1 });
    for (const command of ['status', 'loads'])
      expect(await run(command), command).toMatchObject({ code: 0, stderr: '' });
    const good = env['DATABASE_URL'] ?? '';
    const wrong = [
      good.replace(role, 'nobody'),
      good.replace(/:\d+\//, ':1/'),
      good.replace(/[^/]+$/, 'nowhere'),
      good.replace('postgres:', 'mysql:'),
      good.replace(encodeURIComponent(password), password),
      `${good}?sslmode=verify-full`,
    ];
    for (const command of ['migrate', 'loads', 'worker']) {
      const results = wrong.map((DATABASE_URL) => runCli([command], { env: { ...env, DATABASE_URL } }));
      for (const { code, stdout, stderr } of await Promise.all(results)) {
        expect(code).not.toBe(0);
        expect(stderr).not.toBe('');
        written.push(stdout, stderr);
      }
    }
  }, 120_000);

  it('and by a worker whose role loses its rights, and is then shut out, while it loads', async () => {
    const load = async (month: string) => {
      source.publish('green', month, file(tripFile({ dataset: 'green', month, rows: 100 })));
      return temporal.client.workflow.start('loadMonth', {
        taskQueue: 'fareflow',
        workflowId: `load-green-${month}`,
        args: [{ dataset: 'green', month, labels: { team: 'fares' } }],
        memo: { about: 'a load' },
      });
    };
    await database.administer(`revoke loader from ${role}`);
    await expect((await load('2021-04')).result()).rejects.toThrow();
    await database.administer(`alter role ${role} password 'another'`);
    await database.administer('select pg_terminate_backend(pid) from pg_stat_activity where usename = $1', [
      role,
    ]);
    const shutOut = await load('2021-05');
    const isShutOut = async () => {
      pending = asText((await shutOut.describe()).raw);
      return pending.includes('password authentication failed');
    };
    await until(isShutOut);
    await shutOut.terminate('seen enough');
  }, 60_000);

  it('is in no history, memo, search attribute or answer to a query', async () => {
    const seen = await everythingOf(temporal.client);
    expect(seen).toContain('load-green-2021-01');
    expect(seen).toContain('a load');
    expectNoSecret(seen);
    expectNoSecret(pending);
  });

  it('is in nothing that they wrote', async () => {
    const log = await workers.logs();
    expect(log).toContain('worker is ready');
    expect(written.join('')).toContain('2021-01');
    expectNoSecret(log);
    expectNoSecret(written.join('\n'));
  });

  it('is in no command line, as `ps` shows it to everybody', () => {
    const lines = [...commandLines].join('\n');
    expect(lines).toMatch(/client\.js worker/);
    expectNoSecret(lines);
  });

  it('is in no row of the database, and in no file of the worker', async () => {
    const rows = await database.query('select * from fareflow.loads');
    expect(rows).toHaveLength(2);
    expectNoSecret(JSON.stringify(rows));
    const comments = await database.query('select description from pg_description where objoid >= 16384');
    expectNoSecret(JSON.stringify(comments));
    const files = await readdir(worker.home, { recursive: true, withFileTypes: true });
    expect(files.some(({ name }) => name === 'queue-id')).toBe(true);
    for (const entry of files.filter((each) => each.isFile()))
      expectNoSecret(await readFile(join(entry.parentPath, entry.name), 'latin1'));
  });
});

/** All that Temporal tells of every workflow, and its own answer. */
async function everythingOf(client: Client): Promise<string> {
  const seen: unknown[] = [];
  for await (const { workflowId, runId } of client.workflow.list()) {
    const handle = client.workflow.getHandle(workflowId, runId);
    const { raw } = await handle.describe();
    seen.push(await handle.fetchHistory(), raw, await handle.query('status'));
  }
  return asText(seen);
}

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  for (let attempts = 0; attempts < 100; attempts++) {
    if (await isTrue()) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error('did not become true');
}
