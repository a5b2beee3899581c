import { watch } from 'node:fs';
import { lutimes, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  cacheId,
  type FileCache,
  hasWhole,
  inheritPartial,
  keepWhole,
  newPartial,
  removePartials,
  removeWhole,
  sweepCache,
  wholePath,
} from '../../src/source/cache.ts';

let cache: FileCache;
beforeEach(async () => {
  cache = { directory: join(await mkdtemp(join(tmpdir(), 'fareflow-cache-')), 'made', 'at first use') };
});
afterEach(() => rm(join(cache.directory, '..', '..'), { recursive: true, force: true }));
const names = async () => (await readdir(cache.directory)).sort();
const put = async (runId: string, text = 'x') => {
  const path = await newPartial(cache, runId);
  await writeFile(path, text);
  return path;
};

describe('the id of a cache', () => {
  it('is one for all that share it, even if they begin at once', async () => {
    const ids = await Promise.all(Array.from({ length: 20 }, () => cacheId(cache)));
    expect(new Set(ids).size).toBe(1);
    expect(ids[0]).toMatch(/^[0-9a-f-]{13}$/);
    expect(await cacheId(cache)).toBe(ids[0]);
    expect(await names()).toEqual(['queue-id']);
  });

  it('needs no other name, not even for a moment, that would stay if its worker died then', async () => {
    await mkdir(cache.directory, { recursive: true });
    const seen = new Set<string>();
    const watcher = watch(cache.directory, (_event, name) => seen.add(name ?? ''));
    await cacheId(cache);
    await vi.waitFor(() => expect(seen.size).toBeGreaterThan(0));
    watcher.close();
    expect([...seen]).toEqual(['queue-id']);
  });
});

describe('a file that is being written', () => {
  it('belongs to one attempt', async () => {
    const paths = await Promise.all(Array.from({ length: 10 }, () => newPartial(cache, 'run-1')));
    expect(new Set(paths).size).toBe(10);
  });

  it('begins as a copy of an earlier one, if that is still there', async () => {
    const earlier = await put('run-1', 'abc');
    const partial = await newPartial(cache, 'run-1');
    expect(await inheritPartial(earlier, partial)).toBe(3);
    await writeFile(earlier, 'changed');
    expect(await readFile(partial, 'utf8')).toBe('abc');
    expect(await inheritPartial(`${earlier}.gone`, await newPartial(cache, 'run-1'))).toBe(0);
  });

  it('goes with its run, and no other run’s file does', async () => {
    const keep = await put('run-1');
    await Promise.all([put('run-1'), put('run-1'), put('run-11'), put('run')]);
    await removePartials(cache, 'run-1', keep);
    expect(await names()).toHaveLength(3);
    await removePartials(cache, 'run-1');
    expect((await names()).map((name) => name.split('.')[0])).toEqual(['run-11', 'run']);
  });

  it('is not missed where there is no cache yet', async () => {
    await removePartials(cache, 'run-1');
    expect(await sweepCache(cache, 0)).toBe(0);
  });
});

describe('a whole file', () => {
  it('is found by its SHA-256 until it is removed', async () => {
    expect(await hasWhole(cache, 'abc')).toBe(false);
    await keepWhole(cache, await put('run-1', 'text'), 'abc');
    expect(await hasWhole(cache, 'abc')).toBe(true);
    expect(await readFile(wholePath(cache, 'abc'), 'utf8')).toBe('text');
    expect(await names()).toHaveLength(1);
    await removeWhole(cache, 'abc');
    await removeWhole(cache, 'abc');
    expect(await hasWhole(cache, 'abc')).toBe(false);
  });
});

describe('a sweep', () => {
  it('removes files that nobody has touched for a while, and nothing else', async () => {
    const id = await cacheId(cache);
    await put('run-1');
    const old = await put('run-2');
    await keepWhole(cache, await put('run-3'), 'abc');
    const stranger = join(cache.directory, 'notes.txt');
    await writeFile(stranger, 'not ours');
    const longAgo = new Date(Date.now() - 3_600_000);
    for (const path of [old, wholePath(cache, 'abc'), stranger, join(cache.directory, 'queue-id')]) {
      await lutimes(path, longAgo, longAgo);
    }
    expect(await sweepCache(cache, 60_000)).toBe(2);
    expect(await names()).toEqual(['notes.txt', 'queue-id', expect.stringMatching(/^run-1\./)]);
    expect(await cacheId(cache)).toBe(id);
  });
});
