import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { CorruptFileError } from '../../src/source/content-check.ts';
import { begin, file, status, useFaultyServer } from '../support/faulty-server.ts';
import { packed, sha256, useFetching } from './fetching.ts';

const server = useFaultyServer();
const fetching = useFetching(server);

describe('a whole file', () => {
  it('is in the cache under its SHA-256, with what the source said of it', async () => {
    server.script(file(packed, { etag: '"v1"', 'last-modified': 'Tue, 14 Jul 2022 00:00:00 GMT' }));
    expect(await fetching.fetch()).toEqual({
      kind: 'whole',
      etag: '"v1"',
      lastModified: 'Tue, 14 Jul 2022 00:00:00 GMT',
      sha256: sha256(packed),
      bytes: packed.length,
      unpackedBytes: gunzipSync(packed).length,
      packing: 'gzip',
    });
    expect(await fetching.names()).toEqual([`${sha256(packed)}.file`]);
    expect(await fetching.onlyFile()).toBe(sha256(packed));
    expect(fetching.progress.at(-1)).toEqual({ bytes: packed.length, totalBytes: packed.length });
  });

  it('may be of several gzip members, and come without its length', async () => {
    const members = Buffer.concat([gzipSync('a,b\n'), gzipSync(''), gzipSync('1,2\n')]);
    server.script((_request, response) => response.writeHead(200).end(members));
    expect(await fetching.fetch()).toMatchObject({ kind: 'whole', unpackedBytes: 8, bytes: members.length });
    expect(fetching.progress.at(-1)?.totalBytes).toBeNull();
  });

  it('may come byte by byte', async () => {
    const small = gzipSync('a,b\n1,2\n');
    server.script((_request, response) => {
      response.writeHead(200, { 'content-length': small.length });
      const send = (at: number) => {
        if (at === small.length) response.end();
        else response.write(small.subarray(at, at + 1), () => setImmediate(send, at + 1));
      };
      response.socket?.setNoDelay(true);
      send(0);
    });
    expect(await fetching.fetch()).toMatchObject({ kind: 'whole', sha256: sha256(small) });
    expect(server.requests).toHaveLength(1);
  });

  it('takes no more than the length that was announced', async () => {
    server.script((request) => {
      request.socket.write(
        `HTTP/1.1 200 OK\r\ncontent-length: ${packed.length}\r\nconnection: close\r\n\r\n`,
      );
      request.socket.write(packed);
      request.socket.end('and then some');
    });
    const result = await fetching.fetch().catch((error: unknown) => error);
    if (result instanceof Error) expect(await fetching.names()).not.toContain(`${sha256(packed)}.file`);
    else expect(await fetching.onlyFile()).toBe(sha256(packed));
  });

  it('is fetched by two runs at once without either noticing', async () => {
    server.script(file(packed));
    const results = await Promise.all([fetching.fetch(), fetching.fetch({ runId: 'run-2' })]);
    expect(results.map((result) => result.kind)).toEqual(['whole', 'whole']);
    expect(await fetching.onlyFile()).toBe(sha256(packed));
  });
});

describe('a file that need not come', () => {
  it('is not fetched while it has the ETag that is known', async () => {
    server.script(file(packed, { etag: '"v1"' }));
    expect(await fetching.fetch({ unless: { etag: '"v1"', lastModified: null, bytes: 1 } })).toEqual({
      kind: 'unchanged',
    });
    expect(await fetching.names()).toEqual([]);
    expect(await fetching.fetch({ unless: { etag: '"v0"', lastModified: null, bytes: 1 } })).toMatchObject({
      kind: 'whole',
    });
  });

  it('is missing when the source says so, and leaves nothing behind', async () => {
    server.script(fetching.cut(packed, 1_000, { etag: '"v1"' }), status(404), status(410));
    await expect(fetching.fetch()).rejects.toThrow('connection ended');
    expect(await fetching.fetch()).toEqual({ kind: 'missing', status: 404 });
    expect(await fetching.fetch()).toEqual({ kind: 'missing', status: 410 });
    expect(await fetching.names()).toEqual([]);
  });
});

describe('bytes that are no whole file', () => {
  const broken = Buffer.from(packed);
  broken.writeUInt32LE(0, broken.length - 8);

  it.each([
    ['a wrong checksum', broken, 'not a whole gzip file: incorrect data check'],
    ['an end too early', packed.subarray(0, -1_000), 'not a whole gzip file: unexpected end of file'],
    [
      'a page in its place',
      Buffer.from('<!DOCTYPE html>\n  <p>Sorry'),
      'it begins with "<!DOCTYPE html> <p>Sorry"',
    ],
    ['garbage behind it', Buffer.concat([packed, Buffer.from('garbage')]), 'not a whole gzip file'],
    ['nothing at all', Buffer.alloc(0), 'it is empty'],
    ['a single byte', packed.subarray(0, 1), 'not a CSV file, it begins with "\\u001f"'],
    ['something binary', Buffer.from([0x50, 0x4b, 3, 4, 0, 1]), 'not a CSV file, it begins with "PK'],
  ])('are fetched once more from the start and then refused: %s', async (_name, body, message) => {
    server.script(file(body, { etag: '"v1"' }));
    const isFollowed = (error: unknown) => !(error instanceof CorruptFileError);
    const failure = fetching.fetch({ isFollowed });
    await expect(failure).rejects.toThrow(message);
    await expect(failure).rejects.toBeInstanceOf(CorruptFileError);
    expect(server.requests.map(({ headers }) => headers.range)).toEqual([undefined, undefined]);
    expect(await fetching.names()).toEqual([]);
  });

  it('are forgotten if the second time they are whole', async () => {
    server.script(file(broken, { etag: '"v1"' }), file(packed, { etag: '"v1"' }));
    expect(await fetching.fetch()).toMatchObject({ kind: 'whole', sha256: sha256(packed) });
    expect(await fetching.onlyFile()).toBe(sha256(packed));
  });

  it('are found early, without fetching the rest', async () => {
    const page = Buffer.from('<html>');
    // Neither of these ever ends.
    const reply = begin(Buffer.alloc(1_000_000), 0, {}, (response) => response.write(page));
    server.script(reply);
    await expect(fetching.fetch()).rejects.toThrow('it begins with "<html>"');
    expect(server.requests).toHaveLength(2);
  });
});
