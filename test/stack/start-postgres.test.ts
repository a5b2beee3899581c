import { appendFile, chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import pg from 'pg';
import { beforeAll, describe, expect, test } from 'vitest';
import { startPostgres } from '../../src/stack/start-postgres.ts';
import type { RunningPostgres } from '../../src/stack/start-postgres.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const isRoot = process.getuid?.() === 0;
const onProgress = (): void => undefined;

async function query(databaseUrl: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<unknown[]>({ text, rowMode: 'array' });
    return rows.flat();
  } finally {
    await client.end();
  }
}

async function whileRunning<T>(
  directory: string,
  use: (postgres: RunningPostgres) => Promise<T>,
): Promise<T> {
  const postgres = await startPostgres({ directory, onProgress });
  try {
    return await use(postgres);
  } finally {
    await postgres.stop();
  }
}

describe('startPostgres', () => {
  let directory: string;
  beforeAll(async () => {
    directory = path.join(await temporaryDirectory(), 'home', 'postgres');
  });

  test('keeps data and password from one start to the next', async () => {
    const first = await whileRunning(directory, async ({ databaseUrl }) => {
      await query(databaseUrl, 'create table trip (id) as select 7');
      return new URL(databaseUrl);
    });
    await whileRunning(directory, async ({ databaseUrl, port }) => {
      expect(await query(databaseUrl, 'select id from trip')).toEqual([7]);
      expect(new URL(databaseUrl)).toMatchObject({ password: first.password, port: String(port) });
    });
  });

  test('ends its server on stop', async () => {
    const pid = await whileRunning(directory, (postgres) => Promise.resolve(postgres.pid));
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  test('asks for the password, which only its owner can read, and listens on 127.0.0.1 alone', async () => {
    await whileRunning(directory, async ({ databaseUrl }) => {
      const wrong = new URL(databaseUrl);
      wrong.password = 'wrong';
      await expect(query(wrong.href, 'select 1')).rejects.toThrow('password authentication failed');
      expect(await query(databaseUrl, 'show listen_addresses')).toEqual(['127.0.0.1']);
      expect(await query(databaseUrl, 'show unix_socket_directories')).toEqual(['']);
      expect(await query(databaseUrl, 'show fsync')).toEqual(['on']);
    });
    expect((await stat(`${directory}.password`)).mode & 0o777).toBe(0o600);
  });

  test('refuses a second start on the same directory and names the process that uses it', async () => {
    await whileRunning(directory, async ({ databaseUrl }) => {
      const second = startPostgres({ directory, onProgress });
      await expect(second).rejects.toThrow(`in use already by process ${process.pid}`);
      expect(await query(databaseUrl, 'select 1')).toEqual([1]);
    });
  });

  test('refuses a given port that is taken', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    try {
      await expect(startPostgres({ directory, port, onProgress })).rejects.toThrow(`port ${port}`);
    } finally {
      other.close();
    }
  });

  test('starts although the pid of a server that crashed belongs to another process by now', async () => {
    const leftover = [process.ppid, directory, 0, 5432, '', '127.0.0.1', '', 'ready'].join('\n');
    await writeFile(path.join(directory, 'postmaster.pid'), leftover);
    await whileRunning(directory, async ({ databaseUrl }) => {
      expect(await query(databaseUrl, 'select 1')).toEqual([1]);
    });
  });

  test('shows the end of the log when the server does not start', async () => {
    const file = path.join(directory, 'postgresql.conf');
    const original = await readFile(file);
    await appendFile(file, '\nno_such_setting = 1\n');
    const start = startPostgres({ directory, onProgress });
    await expect(start).rejects.toThrow(/unrecognized configuration parameter "no_such_setting"/);
    await writeFile(file, original);
  });

  test('says what to do when the password of an existing database is lost', async () => {
    const lost = path.join(await temporaryDirectory(), 'postgres');
    await mkdir(lost);
    await writeFile(path.join(lost, 'PG_VERSION'), '18\n');
    await expect(startPostgres({ directory: lost, onProgress })).rejects.toThrow(
      'put the file back, or delete the directory',
    );
  });

  test.skipIf(!isRoot)(
    'runs as another user for root, also below a directory that is closed to that user (only tried as root)',
    async () => {
      const closed = path.join(await temporaryDirectory(), 'closed');
      await mkdir(closed);
      await chmod(closed, 0o700);
      await whileRunning(path.join(closed, 'postgres'), async ({ databaseUrl, pid }) => {
        expect((await stat(`/proc/${pid}`)).uid).not.toBe(0);
        await query(databaseUrl, 'create table trip (id int)');
      });
    },
  );
});
