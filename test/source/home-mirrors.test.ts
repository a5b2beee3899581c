import { readdir } from 'node:fs/promises';
import { beforeEach, expect, it } from 'vitest';
import { leaveMirror, readHomeMirrors, takeMirror } from '../../src/source/home-mirrors.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const A = 'https://a.example/{month}';
const B = 'file:///b/{month}';
let home: string;

beforeEach(async () => {
  home = await temporaryDirectory();
});

it('a home where nobody has used a mirror has none, and leaving it makes no file', async () => {
  await leaveMirror(home);
  expect(await readHomeMirrors(home)).toEqual({ inUse: null, trusted: [] });
  expect(await readdir(home)).toEqual([]);
});

it('the mirror that was taken last is in use, and those before stay trusted', async () => {
  expect(await takeMirror(home, A)).toBe(true);
  expect(await takeMirror(home, A)).toBe(false);
  expect(await takeMirror(home, B)).toBe(true);
  expect(await takeMirror(home, A)).toBe(true);
  expect(await readHomeMirrors(home)).toEqual({ inUse: A, trusted: [A, B] });
  expect(await readdir(home)).toEqual(['mirrors.json']);
});

it('a mirror that was left is not in use any more, but trusted', async () => {
  await takeMirror(home, A);
  await leaveMirror(home);
  expect(await readHomeMirrors(home)).toEqual({ inUse: null, trusted: [A] });
});
