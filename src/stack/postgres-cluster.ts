import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { OnProgress } from './on-progress.ts';
import type { PostgresAccount } from './postgres-account.ts';
import { StackError } from './stack-error.ts';

/** The superuser, and the name of the database too. */
export const POSTGRES_USER = 'fareflow';

/** Makes the database cluster in `directory` unless it is there already; returns its superuser's password. */
export async function ensureCluster(
  directory: string,
  initdb: string,
  account: PostgresAccount,
  onProgress: OnProgress,
): Promise<string> {
  const passwordFile = `${directory}.password`;
  const exists = await stat(path.join(directory, 'PG_VERSION')).catch(() => undefined);
  if (exists) return readPassword(passwordFile, directory);
  onProgress('PostgreSQL: creating the database cluster');
  const password = randomBytes(24).toString('hex');
  await writeFile(passwordFile, password, { mode: 0o600 });
  await chmod(passwordFile, 0o600);
  await account.own(passwordFile);
  await createCluster(directory, initdb, account, passwordFile);
  return password;
}

async function readPassword(passwordFile: string, directory: string): Promise<string> {
  try {
    return (await readFile(passwordFile, 'utf8')).trim();
  } catch (cause) {
    throw new StackError(
      `the password of the database in ${directory} cannot be read from ${passwordFile}: put the file back, or delete the directory to begin with an empty database`,
      { cause },
    );
  }
}

async function createCluster(
  directory: string,
  initdb: string,
  account: PostgresAccount,
  passwordFile: string,
): Promise<void> {
  // Made beside and renamed, because an initdb that is killed leaves what looks like a cluster.
  const draft = `${directory}.new`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { mode: 0o700 });
  await account.own(draft);
  const { file, args, ...identity } = account.command(initdb, [
    `--pgdata=${draft}`,
    `--username=${POSTGRES_USER}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    // The same order of texts and language of messages on every machine, whichever locales it has.
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
  ]);
  try {
    await promisify(execFile)(file, args, { ...identity, cwd: draft });
    await rename(draft, directory);
  } catch (cause) {
    await rm(draft, { recursive: true, force: true });
    throw new StackError(
      `PostgreSQL could not create its database cluster in ${directory}: ${reason(cause)}`,
      {
        cause,
      },
    );
  }
}

function reason(cause: unknown): string {
  const stderr = cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim() : '';
  return stderr || String(cause);
}
