import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as v from 'valibot';
import { findProcess } from './processes.ts';

const schema = v.object({
  temporalAddress: v.string(),
  namespace: v.string(),
  databaseUrl: v.string(),
  temporalUiUrl: v.nullable(v.string()),
  pid: v.pipe(v.number(), v.integer()),
});

/** Where a running `fareflow dev` is to be found, and its pid. */
export type DevFile = v.InferOutput<typeof schema>;

/** Writes `<home>/dev.json`, readable by its owner alone since it holds a password; readers see all of it or nothing. */
export async function writeDevFile(home: string, content: DevFile): Promise<void> {
  await mkdir(home, { recursive: true });
  const draft = `${devFile(home)}.${process.pid}`;
  await rm(draft, { force: true });
  await writeFile(draft, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  await rename(draft, devFile(home));
}

/** What `fareflow dev` has written, or undefined if it does not run: no file, or one that it left when it was killed. */
export async function readDevFile(home: string): Promise<DevFile | undefined> {
  const text = await readFile(devFile(home), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), text);
  if (!parsed.success) return undefined;
  return (await findProcess(parsed.output.pid)) ? parsed.output : undefined;
}

/** Removes `<home>/dev.json` if it is there. */
export async function removeDevFile(home: string): Promise<void> {
  await rm(devFile(home), { force: true });
}

function devFile(home: string): string {
  return path.join(home, 'dev.json');
}
