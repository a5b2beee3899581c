import { readdir } from 'node:fs/promises';
import { beforeEach, expect, it } from 'vitest';
import { leaveMirrors, readHomeMirrors, takeMirrors } from '../../src/source/home-mirrors.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const A = 'https://a.example/{month}';
const B = 'file:///b/{month}';
let home: string;

beforeEach(async () => {
  home = await temporaryDirectory();
});

it('a home where nobody has used a mirror has none, and leaving it makes no file', async () => {
  await leaveMirrors(home);
  expect(await readHomeMirrors(home)).toEqual({ inUse: {}, trusted: [] });
  expect(await readdir(home)).toEqual([]);
});

it('the mirror that was taken last is in use, and those before stay trusted', async () => {
  expect(await takeMirrors(home, { csvUrl: A })).toEqual([A]);
  expect(await takeMirrors(home, { csvUrl: A })).toEqual([]);
  expect(await takeMirrors(home, { csvUrl: B })).toEqual([B]);
  expect(await takeMirrors(home, { csvUrl: A, parquetUrl: B })).toEqual([A, B]);
  expect(await takeMirrors(home, {})).toEqual([]);
  expect(await readHomeMirrors(home)).toEqual({ inUse: { csvUrl: A, parquetUrl: B }, trusted: [A, B] });
  expect(await readdir(home)).toEqual(['mirrors.json']);
});

it('a mirror that was left is not in use any more, but trusted', async () => {
  await takeMirrors(home, { csvUrl: A });
  await leaveMirrors(home);
  expect(await readHomeMirrors(home)).toEqual({ inUse: {}, trusted: [A] });
});
