import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import path from 'node:path';

/**
 * Has `fill` make the file of this name in a directory of its own, and moves it into place when it is complete.
 * Somebody else may do the same at the same time: the file is there at every moment, and one of the two.
 */
export async function installCached(file: string, fill: (directory: string) => Promise<void>): Promise<void> {
  const target = path.dirname(file);
  await mkdir(target, { recursive: true });
  const draft = await mkdtemp(path.join(target, '.unfinished-'));
  try {
    await fill(draft);
    await rename(path.join(draft, path.basename(file)), file);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}
