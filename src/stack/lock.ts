import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { findProcess } from './processes.ts';
import { StackError } from './stack-error.ts';

export interface Lock {
  /** May be called again; only the first call frees the lock. */
  release(): Promise<void>;
}

/**
 * Takes the lock `file` for this process, or throws a StackError that names the process which holds it. The lock of
 * a process that was killed is taken over.
 *
 * @param what what is locked, as the error's subject: "PostgreSQL in /home/me/.fareflow/postgres"
 */
export async function acquireLock(file: string, what: string): Promise<Lock> {
  // A hard link appears at once and with its content; a file that is created and then written does not.
  const draft = await writeDraft(file);
  try {
    while (!(await tryLink(draft, file)) && !(await tryTakeOver(draft, file, what)));
  } finally {
    await rm(draft, { force: true });
  }
  let released: Promise<void> | undefined;
  return { release: () => (released ??= rm(file, { force: true })) };
}

async function writeDraft(file: string): Promise<string> {
  const draft = `${file}.${randomUUID()}`;
  try {
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(draft, await describeOwner(process.pid));
    return draft;
  } catch (cause) {
    const remedy = 'make it writable, or use another directory';
    throw new StackError(`${path.dirname(file)} cannot be written to (${String(cause)}): ${remedy}`, {
      cause,
    });
  }
}

async function describeOwner(pid: number): Promise<string> {
  const owner = await findProcess(pid);
  return JSON.stringify({ pid, startedAt: owner?.startedAt });
}

async function tryLink(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Replaces the lock of a process that has ended; false if it is gone or replaced by now. A lock on doing so keeps two
 * who have seen the same stale lock apart; whoever finds that one held is told of the process that is about to win.
 */
async function tryTakeOver(draft: string, file: string, what: string): Promise<boolean> {
  const stale = await readStale(file, what);
  if (stale === undefined) return false;
  const takeover = await acquireLock(`${file}.takeover`, what);
  try {
    if ((await readIfThere(file)) !== stale) return false;
    await rename(draft, file);
    return true;
  } finally {
    await takeover.release();
  }
}

async function readStale(file: string, what: string): Promise<string | undefined> {
  const held = await readIfThere(file);
  if (held === undefined) return undefined;
  const pid = Number(/"pid":(\d+)/.exec(held)?.[1]);
  const isAlive = (await findProcess(pid)) !== undefined && (await describeOwner(pid)) === held;
  if (!isAlive) return held;
  throw new StackError(
    `${what} is in use already by process ${pid}: stop that one first (Ctrl-C, or kill ${pid}), or use another directory`,
  );
}

async function readIfThere(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch(() => undefined);
}
