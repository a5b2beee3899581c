/**
 * Downloaded files on this host. A whole file is named by its SHA-256; one that is being written is named by its
 * run and attempt, so that a lost attempt which comes back writes into nobody's file but its own.
 */
import { randomUUID } from 'node:crypto';
import { constants, copyFile, mkdir, readdir, readlink, rename, rm, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';

const PARTIAL = '.part';
const WHOLE = '.file';
const QUEUE_ID = 'queue-id';

/** The directory of a host's downloaded files. */
export interface FileCache {
  directory: string;
}

/**
 * What the workers that share this cache share as well: the name in their queue for steps that need its files.
 * Made at first use, and kept with the files.
 */
export async function cacheId(cache: FileCache): Promise<string> {
  await mkdir(cache.directory, { recursive: true });
  const path = join(cache.directory, QUEUE_ID);
  // A symbolic link to nowhere holds a text from its first moment on, needs no file that is half written before, and is
  // made by the first of several workers only.
  await symlink(randomUUID().slice(0, 13), path).catch(ignoreCode('EEXIST'));
  return readlink(path);
}

/** Where the whole file with this SHA-256 is, or would be. */
export function wholePath(cache: FileCache, sha256: string): string {
  return join(cache.directory, `${sha256}${WHOLE}`);
}

/** Whether the whole file with this SHA-256 is here. */
export async function hasWhole(cache: FileCache, sha256: string): Promise<boolean> {
  return (await stat(wholePath(cache, sha256)).catch(ignoreCode('ENOENT'))) !== undefined;
}

/** A path for a file to be written by one attempt of a run. */
export async function newPartial(cache: FileCache, runId: string): Promise<string> {
  await mkdir(cache.directory, { recursive: true });
  return join(cache.directory, `${runId}.${randomUUID()}${PARTIAL}`);
}

/**
 * Takes what an earlier attempt has written as the beginning of a new attempt's file; returns how many bytes that
 * is. It is a copy, since the earlier attempt may still have the old file open.
 */
export async function inheritPartial(earlier: string, partial: string): Promise<number> {
  try {
    await copyFile(earlier, partial, constants.COPYFILE_FICLONE);
    return (await stat(partial)).size;
  } catch (error) {
    ignoreCode('ENOENT')(error as NodeJS.ErrnoException);
    return 0;
  }
}

/** Removes everything a run has left half written, except `keep`. */
export async function removePartials(cache: FileCache, runId: string, keep?: string): Promise<void> {
  const names = await readdir(cache.directory).catch(ignoreCode('ENOENT'));
  for (const name of names ?? []) {
    const path = join(cache.directory, name);
    if (name.startsWith(`${runId}.`) && name.endsWith(PARTIAL) && path !== keep)
      await rm(path, { force: true });
  }
}

/** Removes one attempt's file, and no other's. */
export async function removePartial(partial: string): Promise<void> {
  await rm(partial, { force: true });
}

/** Gives a file that was found whole its name. */
export async function keepWhole(cache: FileCache, partial: string, sha256: string): Promise<void> {
  await rename(partial, wholePath(cache, sha256));
}

/** Removes a whole file, if it is here. */
export async function removeWhole(cache: FileCache, sha256: string): Promise<void> {
  await rm(wholePath(cache, sha256), { force: true });
}

/** Removes files that no load has touched for a while: what a worker that died left behind. Returns how many. */
export async function sweepCache(cache: FileCache, olderThanMs: number): Promise<number> {
  let removed = 0;
  const names = await readdir(cache.directory).catch(ignoreCode('ENOENT'));
  for (const name of names ?? []) {
    if (!name.endsWith(PARTIAL) && !name.endsWith(WHOLE)) continue;
    const path = join(cache.directory, name);
    const found = await stat(path).catch(ignoreCode('ENOENT'));
    if (found === undefined || Date.now() - found.mtimeMs < olderThanMs) continue;
    await rm(path, { force: true });
    removed++;
  }
  return removed;
}

function ignoreCode(code: string): (error: NodeJS.ErrnoException) => undefined {
  return (error) => {
    if (error.code !== code) throw error;
    return undefined;
  };
}
