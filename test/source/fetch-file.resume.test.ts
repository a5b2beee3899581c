import { readFile, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { TruncatedBodyError } from '../../src/source/fetch-file.ts';
import { file, hangUp, type Reply, status, useFaultyServer } from '../support/faulty-server.ts';
import { linesOf, packed, sha256, useFetching } from './fetching.ts';

const server = useFaultyServer();
const fetching = useFetching(server);
const strong = { etag: '"v1"' };
const next = { etag: '"v2"' };
const replaced = gzipSync(linesOf(50_000, 7), { level: 1 });
const asked = () => server.requests.map(({ headers }) => headers.range);

/** Has an attempt cut off after `bytes`. */
async function cutOff(bytes: number, headers: { etag: string } = strong): Promise<void> {
  server.script(fetching.cut(packed, bytes, headers));
  await expect(fetching.fetch()).rejects.toBeInstanceOf(TruncatedBodyError);
}

describe('a download that is cut off', () => {
  it('says how far it came, and keeps the part', async () => {
    server.script(fetching.cut(packed, 100_000, strong));
    await expect(fetching.fetch()).rejects.toThrow(
      `the connection ended after 100000 of ${packed.length} bytes`,
    );
    expect(await fetching.names()).toEqual([expect.stringMatching(/^run-1\..*\.part$/)]);
    expect(fetching.resume?.etag).toBe('"v1"');
    expect(await readFile(fetching.resume?.path ?? '')).toHaveLength(100_000);
  });

  it('goes on where it stopped, as often as it takes, and fetches no byte twice', async () => {
    await cutOff(100_000);
    await cutOff(50_000);
    await cutOff(1);
    server.script(file(packed, strong));
    expect(await fetching.fetch()).toMatchObject({ kind: 'whole', etag: '"v1"', bytes: packed.length });
    expect(asked()).toEqual([undefined, 'bytes=100000-', 'bytes=150000-', 'bytes=150001-']);
    expect(server.requests.map(({ headers }) => headers['if-range'])).toEqual([
      undefined,
      ...Array<string>(3).fill('"v1"'),
    ]);
    expect(await fetching.onlyFile()).toBe(sha256(packed));
    expect(fetching.progress.at(-1)).toEqual({ bytes: packed.length, totalBytes: packed.length });
  });

  it('goes on even after attempts that got no answer at all', async () => {
    await cutOff(100_000);
    server.script(hangUp, status(503), file(packed, strong));
    await expect(fetching.fetch()).rejects.toThrow();
    await expect(fetching.fetch()).rejects.toThrow('503');
    await fetching.fetch();
    expect(asked().slice(1)).toEqual(Array(3).fill('bytes=100000-'));
    expect(await fetching.onlyFile()).toBe(sha256(packed));
  });

  it('begins anew where the part is not at hand', async () => {
    await cutOff(100_000);
    fetching.resume = { path: join(fetching.cache.directory, 'of-another-host.part'), etag: '"v1"' };
    server.script(file(packed, strong));
    await fetching.fetch();
    expect(asked()).toEqual([undefined, undefined]);
    expect(await fetching.onlyFile()).toBe(sha256(packed));
  });

  it('begins anew when nothing of it was written', async () => {
    server.script(fetching.cut(packed, 0, strong), file(packed, strong));
    await expect(fetching.fetch()).rejects.toThrow('after 0 of');
    await fetching.fetch();
    expect(asked()).toEqual([undefined, undefined]);
  });

  it('is not gone on with where the ETag is weak or there is none', async () => {
    for (const headers of [{ etag: 'W/"v1"' }, {}]) {
      server.script(fetching.cut(packed, 100_000, headers), file(packed, headers));
      await expect(fetching.fetch()).rejects.toThrow('connection ended');
      expect(fetching.resume).toBeUndefined();
      await fetching.fetch();
      expect(await fetching.onlyFile()).toBe(sha256(packed));
    }
    expect(asked()).toEqual(Array(4).fill(undefined));
  });

  it('asks for the file that the ledger does not know, and takes no for an answer', async () => {
    await cutOff(100_000);
    server.script(file(packed, strong));
    expect(await fetching.fetch({ unless: { etag: '"v1"', lastModified: null, bytes: 1 } })).toEqual({
      kind: 'unchanged',
    });
    expect(await fetching.names()).toEqual([]);
  });
});

describe('what is gone on with', () => {
  const joined = (headers: Record<string, string>, body = packed): Reply => {
    return (_request, response) => response.writeHead(206, headers).end(body.subarray(100_000));
  };
  const range = `bytes 100000-${packed.length - 1}/${packed.length}`;

  it.each([
    ['the source has another file by now', [file(replaced, next)], replaced],
    ['the source knows no ranges', [(_request, response) => response.end(packed)], packed],
    [
      'the source sends another range',
      [joined({ ...strong, 'content-range': `bytes 0-${packed.length - 1}/*` }), file(packed, strong)],
      packed,
    ],
    ['the source does not say which range it sends', [joined(strong), file(packed, strong)], packed],
    [
      'the source ignores the condition and sends the rest of another file',
      [joined({ ...next, 'content-range': range }, replaced), file(replaced, next)],
      replaced,
    ],
  ] as [string, Reply[], Buffer][])('is given up when %s', async (_name, replies, whole) => {
    await cutOff(100_000);
    server.script(...replies);
    expect(await fetching.fetch()).toMatchObject({ kind: 'whole', bytes: whole.length });
    expect(server.requests).toHaveLength(1 + replies.length);
    expect(await fetching.onlyFile()).toBe(sha256(whole));
  });

  it('is fetched anew when it turns out spoilt on the disk', async () => {
    await cutOff(100_000);
    const { path } = fetching.resume ?? { path: '' };
    await truncate(path, 50_000);
    await truncate(path, 100_000);
    server.script(file(packed, strong));
    expect(await fetching.fetch()).toMatchObject({ kind: 'whole' });
    expect(asked()).toEqual([undefined, 'bytes=100000-', undefined]);
    expect(await fetching.onlyFile()).toBe(sha256(packed));
  });

  it('may already be all of the file: an attempt that died before it could say so', async () => {
    server.script(fetching.cut(packed, packed.length, { ...strong, 'content-length': packed.length + 1 }));
    await expect(fetching.fetch()).rejects.toThrow('connection ended');
    server.script(file(packed, strong));
    expect(await fetching.fetch()).toMatchObject({ kind: 'whole', bytes: packed.length });
    expect(asked()).toEqual([undefined, `bytes=${packed.length}-`, undefined]);
    expect(await fetching.onlyFile()).toBe(sha256(packed));
  });
});
