import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { readDevFile, removeDevFile, writeDevFile } from '../../src/stack/dev-file.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const content = {
  temporalAddress: '127.0.0.1:7233',
  namespace: 'default',
  databaseUrl: 'postgres://fareflow:secret@127.0.0.1:5432/fareflow',
  temporalUiUrl: null,
  pid: process.pid,
};

test('dev.json is read as it was written, by its owner alone, and is gone when removed', async () => {
  const home = path.join(await temporaryDirectory(), '.fareflow');
  await writeDevFile(home, content);
  expect(await readDevFile(home)).toEqual(content);
  expect((await stat(path.join(home, 'dev.json'))).mode & 0o777).toBe(0o600);
  expect(await readdir(home)).toEqual(['dev.json']);
  await removeDevFile(home);
  await removeDevFile(home);
  expect(await readDevFile(home)).toBeUndefined();
});

test('dev.json stays closed to others when it replaces one that was open', async () => {
  const home = await temporaryDirectory();
  await writeFile(path.join(home, 'dev.json'), '{}', { mode: 0o644 });
  await writeDevFile(home, content);
  expect((await stat(path.join(home, 'dev.json'))).mode & 0o777).toBe(0o600);
});

test('dev.json of a process that has ended counts as missing', async () => {
  const home = await temporaryDirectory();
  const ended = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
  await once(ended, 'exit');
  await writeDevFile(home, { ...content, pid: ended.pid ?? 0 });
  expect(await readDevFile(home)).toBeUndefined();
});

test('a dev.json of another shape counts as missing', async () => {
  const home = await temporaryDirectory();
  await writeFile(path.join(home, 'dev.json'), JSON.stringify({ pid: process.pid }));
  expect(await readDevFile(home)).toBeUndefined();
});
