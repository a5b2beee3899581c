/** A disk that gets full: a small tmpfs, where the system lets us mount one. */
import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const SIZE_MB = 4;

export interface SmallDisk {
  directory: string;
  /** Takes all the room that is left, for a while. */
  fill(ms: number): Promise<void>;
  remove(): Promise<void>;
}

/** Mounts a small disk, or says why that is not possible. */
export async function mountSmallDisk(directory: string): Promise<SmallDisk | { skipped: string }> {
  if (process.getuid?.() !== 0) return { skipped: 'mounting a small disk needs root' };
  try {
    await mkdir(directory, { recursive: true });
    await run('mount', ['-t', 'tmpfs', '-o', `size=${SIZE_MB}m`, 'tmpfs', directory]);
  } catch (error) {
    return { skipped: `a small disk cannot be mounted: ${(error as Error).message.trim()}` };
  }
  const ballast = join(directory, 'ballast');
  return {
    directory,
    async fill(ms) {
      // It fails where the room ends, which is what it is for.
      await writeFile(ballast, Buffer.alloc(SIZE_MB << 20)).catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, ms));
      await rm(ballast, { force: true });
    },
    async remove() {
      await run('umount', ['-l', directory]);
    },
  };
}
