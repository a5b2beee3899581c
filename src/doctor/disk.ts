/** Whether a worker of this host could keep the files that it loads. */
import { access, constants, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { failed, type Finding, finding, ok, warning } from './finding.ts';

const GB = 1e9;
/** The largest file of a month has about 0.5 GB as Parquet and 3 GB as CSV, and a worker loads several at a time. */
const ENOUGH = 10 * GB;
const TOO_LITTLE = 1 * GB;

/** Checks the cache directory, or the nearest directory above it that is there. */
export async function examineDisk(directory: string): Promise<Finding> {
  const check = 'disk';
  return finding(check, 'set FAREFLOW_CACHE_DIR to a directory that this user may write to', async () => {
    const there = await nearest(directory);
    await access(there, constants.W_OK | constants.X_OK);
    const { bavail, bsize } = await statfs(there);
    const free = bavail * bsize;
    const found = `${(free / GB).toFixed(1)} GB free for ${directory}`;
    const advice =
      'make room, or set FAREFLOW_CACHE_DIR to a larger disk: files stay there while they are loaded';
    if (free < TOO_LITTLE) return failed(check, found, advice);
    return free < ENOUGH ? warning(check, found, advice) : ok(check, found);
  });
}

async function nearest(directory: string): Promise<string> {
  const found = await stat(directory).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  });
  if (found !== undefined && !found.isDirectory()) throw new Error(`${directory} is no directory`);
  return found === undefined ? nearest(dirname(directory)) : directory;
}
