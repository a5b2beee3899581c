/**
 * Mirrors that a person has put to use with a client of `fareflow dev`, kept in its home: whoever can write there could
 * as well start its worker with them.
 */
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SourceTemplates } from './choose.ts';

const FILE = 'mirrors.json';

/** The mirrors of one home. */
export interface HomeMirrors {
  /** Where files come from while `fareflow dev` runs, unless its own environment says. */
  inUse: SourceTemplates;
  /** Where files may be fetched from: a load goes on with its mirror after `fareflow dev` was started anew. */
  trusted: readonly string[];
}

/** The mirrors of a home; none if nobody has put one to use. */
export async function readHomeMirrors(home: string): Promise<HomeMirrors> {
  const text = await readFile(join(home, FILE), 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  });
  return text === undefined ? { inUse: {}, trusted: [] } : (JSON.parse(text) as HomeMirrors);
}

/** Puts mirrors to use with this home's workers; returns those that are new to them. */
export async function takeMirrors(home: string, templates: SourceTemplates): Promise<string[]> {
  const { inUse, trusted } = await readHomeMirrors(home);
  const { csvUrl = inUse.csvUrl, parquetUrl = inUse.parquetUrl } = templates;
  const taken = [
    ...(csvUrl === undefined || csvUrl === inUse.csvUrl ? [] : [csvUrl]),
    ...(parquetUrl === undefined || parquetUrl === inUse.parquetUrl ? [] : [parquetUrl]),
  ];
  if (taken.length > 0) {
    await write(home, { inUse: { csvUrl, parquetUrl }, trusted: [...new Set([...trusted, ...taken])] });
  }
  return taken;
}

/** Lets this home's workers fetch from templates too, without putting them to use. */
export async function trustTemplates(home: string, templates: readonly string[]): Promise<void> {
  const { inUse, trusted } = await readHomeMirrors(home);
  const all = new Set([...trusted, ...templates]);
  if (all.size > trusted.length) await write(home, { inUse, trusted: [...all] });
}

/** Goes back to the data sets' own sources. */
export async function leaveMirrors(home: string): Promise<void> {
  const { inUse, trusted } = await readHomeMirrors(home);
  if (Object.keys(inUse).length > 0) await write(home, { inUse: {}, trusted });
}

async function write(home: string, mirrors: HomeMirrors): Promise<void> {
  const draft = join(home, `${FILE}.${process.pid}`);
  await writeFile(draft, `${JSON.stringify(mirrors, null, 2)}\n`, { mode: 0o600 });
  await rename(draft, join(home, FILE));
}
