/**
 * Mirrors that a person has put to use with a client of `fareflow dev`, kept in its home: whoever can write there could
 * as well start its worker with them.
 */
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const FILE = 'mirrors.json';

/** The mirrors of one home, as URL templates. */
export interface HomeMirrors {
  /** Where files come from while `fareflow dev` runs, unless its own environment says. */
  inUse: string | null;
  /** Where files may be fetched from: a load goes on with its mirror after `fareflow dev` was started anew. */
  trusted: readonly string[];
}

/** The mirrors of a home; none if nobody has put one to use. */
export async function readHomeMirrors(home: string): Promise<HomeMirrors> {
  const text = await readFile(join(home, FILE), 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  });
  return text === undefined ? { inUse: null, trusted: [] } : (JSON.parse(text) as HomeMirrors);
}

/** Puts a mirror to use with this home's workers; returns whether that is new to them. */
export async function takeMirror(home: string, template: string): Promise<boolean> {
  const { inUse, trusted } = await readHomeMirrors(home);
  if (inUse === template) return false;
  await write(home, { inUse: template, trusted: [...new Set([...trusted, template])] });
  return true;
}

/** Goes back to the data sets' own sources. */
export async function leaveMirror(home: string): Promise<void> {
  const { inUse, trusted } = await readHomeMirrors(home);
  if (inUse !== null) await write(home, { inUse: null, trusted });
}

async function write(home: string, mirrors: HomeMirrors): Promise<void> {
  const draft = join(home, `${FILE}.${process.pid}`);
  await writeFile(draft, `${JSON.stringify(mirrors, null, 2)}\n`, { mode: 0o600 });
  await rename(draft, join(home, FILE));
}
