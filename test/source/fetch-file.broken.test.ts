import { rm } from 'node:fs/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { FetchOptions } from '../../src/source/fetch-file.ts';
import { begin, file, silence, stall, useFaultyServer } from '../support/faulty-server.ts';
import { packed, sha256, useFetching } from './fetching.ts';

const server = useFaultyServer();
const fetching = useFetching(server);
const strong = { etag: '"v1"' };
afterEach(() => void vi.useRealTimers());

/** Begins an attempt that is not waited for. */
function start(options: Partial<FetchOptions> = {}) {
  const end = fetching.fetch(options).then(
    (result) => ({ result }),
    (error: unknown) => ({ error }),
  );
  return { end };
}

describe('a source that goes quiet', () => {
  it('is left after 12 seconds, and the part is kept', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    server.script(stall(packed, 100_000, strong), file(packed, strong));
    const { end } = start();
    await fetching.reached(100_000);
    await vi.advanceTimersByTimeAsync(12_000);
    expect(await end).toMatchObject({
      error: {
        name: 'TruncatedBodyError',
        message: 'the source sent nothing for 12 s after 100000 bytes',
      },
    });
    await server.leftByClient();
    vi.useRealTimers();
    await fetching.fetch();
    expect(server.requests[1]?.headers.range).toBe('bytes=100000-');
    expect(await fetching.onlyFile()).toBe(sha256(packed));
  });

  it('is waited for while it sends a little now and then', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    let send: (to: number) => void = () => {};
    server.script(
      begin(
        packed,
        100_000,
        strong,
        (response) => (send = (to) => void response.write(packed.subarray(to - 1_000, to))),
      ),
    );
    const { end } = start();
    await fetching.reached(100_000);
    for (let to = 101_000; to <= 105_000; to += 1_000) {
      await vi.advanceTimersByTimeAsync(11_000);
      send(to);
      await fetching.reached(to);
    }
    await vi.advanceTimersByTimeAsync(12_000);
    expect(await end).toMatchObject({ error: { name: 'TruncatedBodyError' } });
  });

  it('does not make the attempt look dead while it has not answered', async () => {
    server.script(fetching.cut(packed, 100_000, strong), silence);
    await expect(fetching.fetch()).rejects.toThrow('connection ended');
    const part = fetching.resume;
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
    const cancel = new AbortController();
    const { end } = start({ signal: cancel.signal });
    await server.requested(2);
    const before = fetching.progress.length;
    await vi.advanceTimersByTimeAsync(20_000);
    expect(fetching.progress.length).toBeGreaterThan(before + 2);
    expect(fetching.resume).toMatchObject({ etag: part?.etag });
    cancel.abort(new Error('enough'));
    expect(await end).toMatchObject({ error: { message: 'enough' } });
  });
});

describe('a connection that breaks', () => {
  it('before anything is read ends the attempt and not the process', async () => {
    server.script(begin(packed, 10_000, strong, (response) => response.socket?.resetAndDestroy()));
    const attempts = await Promise.allSettled(
      Array.from({ length: 40 }, (_, i) => fetching.fetch({ runId: `run-${i}` })),
    );
    expect(attempts.map(({ status }) => status)).toEqual(Array(40).fill('rejected'));
  });

  it('while the part of an earlier attempt is read ends the attempt and not the process', async () => {
    server.script(fetching.cut(packed, packed.length - 10, strong));
    await expect(fetching.fetch()).rejects.toThrow('connection ended');
    server.script(begin(packed, 1, strong, (response) => response.socket?.resetAndDestroy()));
    await expect(fetching.fetch()).rejects.toThrow();
    server.script(file(packed, strong));
    await fetching.fetch();
    expect(await fetching.onlyFile()).toBe(sha256(packed));
  });
});

describe('a file that cannot be written', () => {
  it('lets go of its source', async () => {
    server.script(fetching.cut(packed, 100_000, strong));
    await expect(fetching.fetch()).rejects.toThrow('connection ended');
    const rest = stall(packed, 1_000, strong);
    server.script((request, response) => {
      void rm(fetching.cache.directory, { recursive: true }).then(() => rest(request, response));
    });
    await expect(fetching.fetch()).rejects.toMatchObject({ code: 'ENOENT' });
    await server.leftByClient(2);
  });
});

describe('what an attempt leaves in the cache', () => {
  it('is nothing when no other attempt follows', async () => {
    server.script(fetching.cut(packed, 100_000, strong));
    await expect(fetching.fetch({ isFollowed: () => false })).rejects.toThrow('connection ended');
    expect(await fetching.names()).toEqual([]);
  });

  it('is nothing when it does not say whether another follows', async () => {
    server.script(fetching.cut(packed, 100_000, strong));
    await expect(fetching.fetch({ isFollowed: undefined })).rejects.toThrow('connection ended');
    expect(await fetching.names()).toEqual([]);
  });

  it('is nothing, its connection neither, when it is cancelled', async () => {
    server.script(stall(packed, 100_000, strong));
    const cancel = new AbortController();
    const { end } = start({ signal: cancel.signal, isFollowed: () => false });
    await fetching.reached(100_000);
    cancel.abort(new Error('cancelled'));
    expect(await end).toMatchObject({ error: { message: 'cancelled' } });
    await server.leftByClient();
    expect(await fetching.names()).toEqual([]);
  });

  it('is one part at most, however many attempts there were', async () => {
    server.script(fetching.cut(packed, 10_000, strong));
    for (let i = 0; i < 4; i++) await expect(fetching.fetch()).rejects.toThrow('connection ended');
    expect(await fetching.names()).toHaveLength(1);
  });

  it('is of its own run only', async () => {
    server.script(fetching.cut(packed, 10_000, strong));
    await expect(fetching.fetch({ runId: 'run-10' })).rejects.toThrow('connection ended');
    await expect(fetching.fetch({ runId: 'run-1', isFollowed: () => false })).rejects.toThrow();
    expect(await fetching.names()).toEqual([expect.stringMatching(/^run-10\./)]);
  });
});

describe('an attempt that was given up as lost and is still there', () => {
  it('spoils nothing of the one that took over when it breaks off', async () => {
    server.script(stall(packed, 100_000, strong));
    const lost = new AbortController();
    const first = start({ signal: lost.signal, isFollowed: () => false });
    await fetching.reached(100_000);
    let finish = () => {};
    server.script(
      begin(packed, 50_000, strong, (response) => (finish = () => response.end(packed.subarray(150_000)))),
    );
    const second = start();
    await fetching.reached(150_000);
    lost.abort(new Error('lost'));
    expect(await first.end).toMatchObject({ error: { message: 'lost' } });
    finish();
    expect(await second.end).toMatchObject({ result: { kind: 'whole' } });
    expect(await fetching.onlyFile()).toBe(sha256(packed));
  });

  it('spoils nothing of the one that took over when it begins its corrupt file anew', async () => {
    let spoil = () => {};
    // A gzip head is fine by itself; what follows it is no deflate block.
    server.script(
      begin(packed, 10, strong, (response) => (spoil = () => response.write(Buffer.alloc(400_000, 0xff)))),
    );
    const lost = new AbortController();
    const first = start({ signal: lost.signal, isFollowed: () => false });
    await fetching.reached(10);
    let finish = () => {};
    server.script(
      begin(packed, 50_000, strong, (response) => (finish = () => response.end(packed.subarray(50_010)))),
      stall(packed, 1_000, strong),
    );
    const second = start();
    await fetching.reached(50_010);
    spoil();
    await server.requested(3);
    lost.abort(new Error('lost'));
    expect(await first.end).toMatchObject({ error: { message: 'lost' } });
    finish();
    expect(await second.end).toMatchObject({ result: { kind: 'whole' } });
    expect(await fetching.onlyFile()).toBe(sha256(packed));
  });

  it('spoils nothing of the one that took over when the source has no file for it', async () => {
    let refuse = () => {};
    server.script((_request, response) => void (refuse = () => response.writeHead(404).end()));
    const first = start({ isFollowed: () => false });
    await server.requested(1);
    let finish = () => {};
    server.script(
      begin(packed, 50_000, strong, (response) => (finish = () => response.end(packed.subarray(50_000)))),
    );
    const second = start();
    await fetching.reached(50_000);
    refuse();
    expect(await first.end).toMatchObject({ result: { kind: 'missing' } });
    finish();
    expect(await second.end).toMatchObject({ result: { kind: 'whole' } });
    expect(await fetching.onlyFile()).toBe(sha256(packed));
  });

  it('may still write on: its file is gone, and it ends without a trace', async () => {
    let finish = () => {};
    server.script(
      begin(packed, 100_000, strong, (response) => (finish = () => response.end(packed.subarray(100_000)))),
      file(packed, strong),
    );
    const first = start({ isFollowed: () => false });
    await fetching.reached(100_000);
    expect(await fetching.fetch()).toMatchObject({ kind: 'whole' });
    finish();
    expect(await first.end).toMatchObject({ error: { code: 'ENOENT' } });
    expect(await fetching.onlyFile()).toBe(sha256(packed));
  });
});
