import { chmod, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { startTemporal } from '../../src/stack/start-temporal.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const onProgress = (): void => undefined;

async function fakeServer(directory: string, script: string): Promise<string> {
  const file = path.join(directory, 'temporal');
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
  return file;
}

test('a Temporal server that ends at once is an error with the end of its log, and leaves no lock', async () => {
  const directory = await temporaryDirectory();
  const cliPath = await fakeServer(directory, 'echo "database disk image is malformed" >&2; exit 3');
  await expect(startTemporal({ cliPath, directory, onProgress })).rejects.toThrow('disk image is malformed');
  expect((await readdir(directory)).sort()).toEqual(['temporal', 'temporal.log']);
});

test('another port is tried when the port of a Temporal server was taken after it had been found free', async () => {
  const directory = await temporaryDirectory();
  const ports = path.join(directory, 'ports');
  const taken = 'echo "listen tcp: bind: address already in use" >&2; exit 1';
  const cliPath = await fakeServer(directory, `echo "$@" >>"${ports}"; ${taken}`);
  await expect(startTemporal({ cliPath, directory, onProgress })).rejects.toThrow('address already in use');
  expect((await readFile(ports, 'utf8')).trim().split('\n')).toHaveLength(5);
});

test('a Temporal server that panics is started again, and the error has its reason from above the stack trace', async () => {
  const directory = await temporaryDirectory();
  const starts = path.join(directory, 'starts');
  const trace = 'for n in $(seq 40); do echo "main.main() $n" >&2; done';
  const panic = `echo "panic: failed assigning ephemeral port" >&2; ${trace}; exit 2`;
  const cliPath = await fakeServer(directory, `echo start >>"${starts}"; ${panic}`);
  const start = startTemporal({ cliPath, directory, onProgress });
  await expect(start).rejects.toThrow(/panic: failed assigning ephemeral port\n.*main\.main\(\) 29\n/);
  expect((await readFile(starts, 'utf8')).trim().split('\n')).toHaveLength(5);
});
