import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { acquireLock } from '../../src/stack/lock.ts';
import { StackError } from '../../src/stack/stack-error.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

test('a lock is held by one at a time, and free after its release', async () => {
  const directory = await temporaryDirectory();
  const file = path.join(directory, 'stack.lock');
  const lock = await acquireLock(file, 'the stack');
  const second = acquireLock(file, 'the stack');
  await expect(second).rejects.toBeInstanceOf(StackError);
  await expect(second).rejects.toThrow(`the stack is in use already by process ${process.pid}`);
  await lock.release();
  await (await acquireLock(file, 'the stack')).release();
  expect(await readdir(directory)).toEqual([]);
});

test('one of many that ask at once gets the lock of a process that has ended', async () => {
  const directory = await temporaryDirectory();
  const file = path.join(directory, 'stack.lock');
  const ended = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
  await once(ended, 'exit');
  await writeFile(file, JSON.stringify({ pid: ended.pid, startedAt: '1' }));
  const results = await Promise.allSettled(Array.from({ length: 50 }, () => acquireLock(file, 'the stack')));
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  expect(await readdir(directory)).toEqual(['stack.lock']);
});

test('a lock is taken over if its pid belongs to a later process by now, as happens in containers', async () => {
  const file = path.join(await temporaryDirectory(), 'stack.lock');
  await writeFile(file, JSON.stringify({ pid: process.pid, startedAt: 'earlier' }));
  await expect(acquireLock(file, 'the stack')).resolves.toBeDefined();
});
