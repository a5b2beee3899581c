/** The package as npm would publish it, installed in a project of its own; what it depends on is linked from here. */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const ROOT = resolve(import.meta.dirname, '../..');
const EXAMPLE = join(ROOT, 'examples/own-worker');
const run = promisify(execFile);

/** A project with the package in it. */
export interface Project {
  readonly directory: string;
  /** The files in the package. */
  readonly files: readonly string[];
  remove(): Promise<void>;
}

/** Installs the package beside the example's own files. The build must be there. */
export async function installPacked(): Promise<Project> {
  const directory = await mkdtemp(join(tmpdir(), 'fareflow-packed-'));
  // Building it again, which packing does, would pull it from under the feet of other tests.
  const { stdout } = await run(
    'npm',
    ['pack', '--json', '--ignore-scripts', '--pack-destination', directory],
    {
      cwd: ROOT,
    },
  );
  const [packed] = JSON.parse(stdout) as [{ filename: string; files: { path: string }[] }];
  const modules = join(directory, 'node_modules');
  await mkdir(modules);
  await run('tar', ['-xzf', join(directory, packed.filename), '-C', modules]);
  await run('mv', [join(modules, 'package'), join(modules, 'fareflow')]);
  await linkAll(join(ROOT, 'node_modules'), modules);
  for (const part of ['src', 'upgrading', 'histories', 'package.json', 'tsconfig.json'])
    await cp(join(EXAMPLE, part), join(directory, part), { recursive: true });
  return {
    directory,
    files: packed.files.map(({ path }) => path),
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}

async function linkAll(from: string, to: string): Promise<void> {
  const names = (await readdir(from)).filter((name) => !name.startsWith('.'));
  await Promise.all(names.map((name) => symlink(join(from, name), join(to, name))));
}
