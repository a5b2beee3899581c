import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { startServer } from '../../src/stack/server-process.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

test('a server that is not wanted any more is stopped, however soon it was ready', async () => {
  const directory = await temporaryDirectory();
  const start = startServer({
    name: 'Sleep',
    command: { file: 'sleep', args: ['60'] },
    logFile: path.join(directory, 'log'),
    pidFile: path.join(directory, 'pid'),
    isReady: () => Promise.resolve(true),
    readyWithinMs: 10_000,
    stopSteps: [{ signal: 'SIGKILL', waitMs: 10_000 }],
    signal: AbortSignal.abort(new Error('enough')),
  });
  await expect(start).rejects.toThrow('enough');
  expect(await readdir(directory)).toEqual(['log']);
});
