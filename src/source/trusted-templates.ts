/**
 * URL templates that a person has put to use with a client of `fareflow dev`, kept in its home: whoever can write there
 * could as well start its worker with them.
 */
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const FILE = 'trusted-sources.json';

/** The templates that this home's workers may fetch from, besides those of their own environment. */
export async function readTrustedTemplates(home: string): Promise<string[]> {
  const text = await readFile(join(home, FILE), 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '[]';
    throw error;
  });
  return (JSON.parse(text) as unknown[]).filter((entry) => typeof entry === 'string');
}

/** Lets this home's workers fetch from a template too. */
export async function trustTemplate(home: string, template: string): Promise<void> {
  const trusted = await readTrustedTemplates(home);
  if (trusted.includes(template)) return;
  const draft = join(home, `${FILE}.${process.pid}`);
  await writeFile(draft, `${JSON.stringify([...trusted, template], null, 2)}\n`, { mode: 0o600 });
  await rename(draft, join(home, FILE));
}
