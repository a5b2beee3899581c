import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { type FileAnswer, type FileRequest, requestFile } from '../../src/source/request.ts';
import { file, hangUp, redirect, silence, status, useFaultyServer } from '../support/faulty-server.ts';

const server = useFaultyServer();
const directory = await mkdtemp(join(tmpdir(), 'fareflow-request-'));
afterAll(() => rm(directory, { recursive: true, force: true }));
afterEach(() => void vi.useRealTimers());

const ask = (path = '/x', request: Partial<FileRequest> = {}): Promise<FileAnswer> =>
  requestFile(path.startsWith('file:') ? new URL(path) : server.url(path), {
    policy: {
      allowedHosts: new Set([server.host]),
      allowedDirectories: [`${pathToFileURL(directory).href}/`],
    },
    signal: new AbortController().signal,
    ...request,
  });

async function textOf(answer: FileAnswer): Promise<string> {
  if (answer.kind !== 'body') throw new Error(answer.kind);
  return (await buffer(answer.body)).toString();
}

describe('a request', () => {
  it('says who asks, and wants the bytes as they are', async () => {
    server.script(file(Buffer.from('abc')));
    expect(await textOf(await ask())).toBe('abc');
    const headers = server.requests[0]?.headers ?? {};
    expect(headers['user-agent']).toMatch(/^fareflow\/\d/);
    expect(headers['accept-encoding']).toBe('identity');
    expect(headers).not.toHaveProperty('range');
    expect(headers).not.toHaveProperty('if-none-match');
  });

  it('goes on at a byte and says how long the whole file is', async () => {
    server.script(file(Buffer.from('abcdef'), { etag: '"v1"' }));
    const answer = await ask('/x', { resume: { offset: 4, etag: '"v1"' } });
    expect(answer).toMatchObject({ kind: 'body', offset: 4, totalBytes: 6, etag: '"v1"' });
    expect(await textOf(answer)).toBe('ef');
  });

  it.each([
    ['the rest of another file', { etag: '"v2"', 'content-range': 'bytes 4-5/6' }],
    ['another range', { etag: '"v1"', 'content-range': 'bytes 0-1/6' }],
    ['a range that it does not name', { etag: '"v1"' }],
  ])('does not go on with %s, and asks for the whole file', async (_name, headers) => {
    const rest = status(206, { 'content-length': 0, ...headers });
    server.script(rest, file(Buffer.from('abcdef'), { etag: '"v2"' }));
    const answer = await ask('/x', { resume: { offset: 4, etag: '"v1"' } });
    expect(answer).toMatchObject({ kind: 'body', offset: 0, totalBytes: 6, etag: '"v2"' });
    expect(await textOf(answer)).toBe('abcdef');
  });

  it.each([
    [304, { kind: 'unchanged' }],
    [404, { kind: 'missing', status: 404 }],
    [410, { kind: 'missing', status: 410 }],
  ])('is answered by %i', async (code, answer) => {
    server.script(status(code));
    expect(await ask()).toEqual(answer);
  });

  it.each([204, 302, 400, 401, 403, 416, 429, 500, 502, 503, 504])('throws the status %i', async (code) => {
    server.script(status(code));
    await expect(ask()).rejects.toMatchObject({
      name: 'HttpStatusError',
      status: code,
      retryAfterMs: undefined,
      message: `${server.url('/x').href} answered with HTTP status ${code}`,
    });
  });

  it('that gets no answer is given up after 30 seconds', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    server.script(silence);
    const failure = expect(ask()).rejects.toThrow(`${server.host} did not answer within 30 s`);
    await server.requested(1);
    await vi.advanceTimersByTimeAsync(30_000);
    await failure;
    await server.leftByClient();
  });

  it('that is cancelled before it is answered ends with the reason', async () => {
    server.script(silence);
    const cancel = new AbortController();
    const failure = expect(ask('/x', { signal: cancel.signal })).rejects.toThrow('enough');
    await server.requested(1);
    cancel.abort(new Error('enough'));
    await failure;
    await server.leftByClient();
  });

  it('that is hung up on fails', async () => {
    server.script(hangUp);
    await expect(ask()).rejects.toThrow('fetch failed');
  });
});

describe('Retry-After', () => {
  it.each([
    ['120', 120_000],
    ['1', 1_000],
    ['0', undefined],
    ['-5', undefined],
    ['soon', undefined],
    ['', undefined],
    ['Wed, 21 Oct 2015 07:28:00 GMT', undefined],
    ['Wed, 21 Oct 2099 07:28:00 GMT', 3_600_000],
    ['99999999999999999999', 3_600_000],
  ])('of %j is a wait of %j ms', async (value, retryAfterMs) => {
    server.script(status(429, { 'retry-after': value }));
    await expect(ask()).rejects.toMatchObject({ status: 429, retryAfterMs });
  });

  it('may be a date', async () => {
    server.script(status(503, { 'retry-after': new Date(Date.now() + 60_000).toUTCString() }));
    const error: unknown = await ask().catch((error: unknown) => error);
    const { retryAfterMs } = error as { retryAfterMs: number };
    expect(retryAfterMs).toBeGreaterThan(50_000);
    expect(retryAfterMs).toBeLessThanOrEqual(60_000);
  });
});

describe('a redirect', () => {
  it('is followed with all that was asked for, also relative ones', async () => {
    server.script(redirect('/b/c?d=1'), redirect('e'), file(Buffer.from('abcdef'), { etag: '"v1"' }));
    const answer = await ask('/a', {
      resume: { offset: 4, etag: '"v1"' },
      unless: { etag: '"v0"', lastModified: null, bytes: 1 },
    });
    expect(await textOf(answer)).toBe('ef');
    expect(server.requests.map(({ path }) => path)).toEqual(['/a', '/b/c?d=1', '/b/e']);
    expect(server.requests[2]?.headers).toMatchObject({ range: 'bytes=4-', 'if-none-match': '"v0"' });
  });

  it('is followed five times and no more', async () => {
    const loop = redirect('/x');
    server.script(loop, loop, loop, loop, loop, file(Buffer.from('abc')));
    expect(await textOf(await ask())).toBe('abc');
    server.script(loop);
    await expect(ask()).rejects.toThrow(`${server.url('/x').href} redirects more than 5 times`);
    expect(server.requests).toHaveLength(12);
  });

  it.each([
    ['another host', 'http://evil.example/x', 'the host evil.example is not allowed'],
    ['another port', 'http://127.0.0.1:1/x', 'the host 127.0.0.1:1 is not allowed'],
    ['a name and password', 'http://user:s3cret@127.0.0.1:1/', 'carries a user name or password'],
    ['another scheme', 'ftp://127.0.0.1/x', 'a ftp: URL is not allowed'],
    ['a file', pathToFileURL(join(directory, 'x')).href, 'redirects to a file: address'],
  ])('to %s is not followed', async (_name, location, message) => {
    server.script(redirect(location));
    await expect(ask()).rejects.toThrow(message);
    expect(server.requests).toHaveLength(1);
  });

  it('is no redirect without an address', async () => {
    server.script(status(301));
    await expect(ask()).rejects.toMatchObject({ status: 301 });
  });
});

describe('a file on the disk', () => {
  const url = (name: string) => pathToFileURL(join(directory, name)).href;

  it('is answered like one from afar', async () => {
    await writeFile(join(directory, 'a b'), 'abc');
    const answer = await ask(url('a b'));
    expect(answer).toMatchObject({ kind: 'body', offset: 0, totalBytes: 3, etag: null });
    expect(await textOf(answer)).toBe('abc');
  });

  it('is read from its start, whatever there is of it', async () => {
    await writeFile(join(directory, 'abc'), 'abc');
    const answer = await ask(url('abc'), { resume: { offset: 2, etag: '"v1"' } });
    expect(await textOf(answer)).toBe('abc');
  });

  it('is missing where there is none', async () => {
    await writeFile(join(directory, 'file'), '');
    for (const name of ['none', 'file/below', 'x'.repeat(300)]) {
      expect(await ask(url(name))).toEqual({ kind: 'missing', status: 404 });
    }
  });

  it('is none if it is a directory', async () => {
    await mkdir(join(directory, 'y'));
    await expect(ask(url('y'))).rejects.toMatchObject({ type: 'InvalidInput', nonRetryable: true });
  });

  it('may be a link, but only to a file below a directory of the sources', async () => {
    await writeFile(join(directory, 'original'), 'abc');
    await symlink('original', join(directory, 'inside'));
    await symlink('/etc/hostname', join(directory, 'outside'));
    await symlink('/etc', join(directory, 'etc'));
    expect(await textOf(await ask(url('inside')))).toBe('abc');
    for (const name of ['outside', 'etc/hostname', 'etc/none/../hostname']) {
      const refusal = { type: 'InvalidInput', nonRetryable: true };
      await expect(ask(url(name)), name).rejects.toMatchObject(refusal);
      await expect(ask(url(name)), name).rejects.toThrow('is a link that leads out of the directories');
    }
  });

  it('is read below a directory that is a link itself', async () => {
    const link = `${directory}-link`;
    await symlink(directory, link);
    try {
      await writeFile(join(directory, 'abc'), 'abc');
      const policy = {
        allowedHosts: new Set<string>(),
        allowedDirectories: [`${pathToFileURL(link).href}/`],
      };
      expect(await textOf(await ask(pathToFileURL(join(link, 'abc')).href, { policy }))).toBe('abc');
    } finally {
      await rm(link);
    }
  });

  it('is not read outside the directories of the sources', async () => {
    await mkdir(join(directory, 'x'), { recursive: true });
    await expect(ask('file:///etc/hostname')).rejects.toThrow('lies outside');
  });
});
