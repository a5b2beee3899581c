/**
 * The program under test: the worker exactly as it was built, with its patience cut down, so that a lost step is
 * noticed in seconds. The copy is patched, never the product: nothing of this can be asked for outside of here.
 */
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { impatience } from './impatience.ts';

const root = resolve(import.meta.dirname, '..');

/** Replaces a piece of a built file; that it is there, and how often, is checked. */
export interface Patch {
  /** Below `dist/`. */
  file: string;
  from: string;
  to: string;
  /** How often `from` occurs; once by default. */
  times?: number;
}

/** A worker program on disk. */
export interface Program {
  /** What to start with node. */
  worker: string;
}

/** Copies the built program into a directory inside the repository, impatient and patched further. */
export async function buildProgram(directory: string, patches: readonly Patch[] = []): Promise<Program> {
  const dist = join(directory, 'dist');
  await mkdir(directory, { recursive: true });
  await cp(join(root, 'dist'), dist, { recursive: true });
  for (const name of ['migrations', 'package.json']) await symlink(join(root, name), join(directory, name));
  for (const patch of [...impatience, ...patches]) await applyPatch(dist, patch);
  await writeFile(join(dist, 'workflow-bundle.js'), await bundleOf(dist, patches));
  return { worker: join(dist, 'worker.js') };
}

/** Bundles by what was patched of the workflows: bundling is most of the work, and most patches are of activities. */
const bundles = new Map<string, string>();

async function bundleOf(dist: string, patches: readonly Patch[]): Promise<string> {
  const key = JSON.stringify(
    patches.filter(({ file }) => !file.startsWith('activities/') && !file.startsWith('database/')),
  );
  const known = bundles.get(key);
  if (known !== undefined) return known;
  const workflowsPath = join(dist, 'workflows', 'index.js');
  const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });
  bundles.set(key, code);
  return code;
}

async function applyPatch(dist: string, { file, from, to, times = 1 }: Patch): Promise<void> {
  const path = join(dist, file);
  const parts = (await readFile(path, 'utf8')).split(from);
  if (parts.length - 1 !== times) {
    throw new Error(
      `chaos patches ${times} × ${JSON.stringify(from)} in dist/${file}, which has it ${parts.length - 1} times: the product has changed, and the patch must follow`,
    );
  }
  await writeFile(path, parts.join(to));
}
