/** One request for a file, by HTTP or from the disk; the answers of both have one form. */
import { createReadStream } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { fileURLToPath } from 'node:url';
import { version } from '../version.ts';
import { assertAllowed, assertAllowedPath, type FetchPolicy } from './allowed-hosts.ts';

/** How long a server may take to begin its answer. */
const ANSWER_TIMEOUT_MS = 30_000;
/** GitHub's release assets need one redirect. */
const MAX_REDIRECTS = 5;
/** No file can be at this path, whatever becomes of the disk. */
const NOT_THERE = new Set(['ENOENT', 'ENOTDIR', 'ENAMETOOLONG']);
/** A source that wants to be left alone for longer is asked again after this long all the same. */
const MAX_RETRY_AFTER_MS = 3_600_000;

/** What a source has said of a file before. */
export interface KnownFile {
  etag: string | null;
  lastModified: string | null;
  bytes: number;
}

/** What to ask for: the whole file, what changed since, or what is missing of it. */
export interface FileRequest {
  policy: FetchPolicy;
  signal: AbortSignal;
  /** Resolves when this host may be asked; every request and every redirect waits for it. */
  pace?: ((host: string, signal: AbortSignal) => Promise<void>) | undefined;
  /** Answer `unchanged` if the file still is this one. */
  unless?: KnownFile | undefined;
  /** Continue at this byte if the file still has this ETag. */
  resume?: { offset: number; etag: string } | undefined;
}

/** A source's answer. */
export type FileAnswer =
  | { kind: 'unchanged' }
  | { kind: 'missing'; status: number }
  | {
      kind: 'body';
      /** First byte of the body: 0, or the resumed offset. */
      offset: number;
      /** Length of the whole file, where the source says it. */
      totalBytes: number | null;
      etag: string | null;
      lastModified: string | null;
      body: Readable;
    };

/** A source answered with a status that is neither a file nor its absence. */
export class HttpStatusError extends Error {
  override name = 'HttpStatusError';
  readonly status: number;
  /** What the source asked for by Retry-After, if anything. */
  readonly retryAfterMs: number | undefined;

  constructor(url: URL, status: number, retryAfterMs: number | undefined) {
    super(`${url.href} answered with HTTP status ${status}`);
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}

/** Asks for a file. The body must be read or destroyed. */
export async function requestFile(url: URL, request: FileRequest): Promise<FileAnswer> {
  return url.protocol === 'file:' ? openFile(url, request) : fetchFile(url, request);
}

async function fetchFile(url: URL, request: FileRequest): Promise<FileAnswer> {
  const response = await followRedirects(url, request);
  const { status, headers } = response;
  if (request.resume !== undefined && isUseless(response, request.resume)) {
    await response.body?.cancel();
    return fetchFile(url, { ...request, resume: undefined });
  }
  if (status === 200 || status === 206) {
    const offset = status === 206 ? (request.resume?.offset ?? 0) : 0;
    const length = headers.get('content-length');
    const totalBytes = length === null ? null : offset + Number(length);
    const said = { etag: headers.get('etag'), lastModified: headers.get('last-modified'), bytes: totalBytes };
    // There are servers that answer no condition, and so send the whole file once more.
    if (status === 200 && request.unless !== undefined && isSame(request.unless, said)) {
      await response.body?.cancel();
      return { kind: 'unchanged' };
    }
    return {
      kind: 'body',
      offset,
      totalBytes,
      etag: said.etag,
      lastModified: said.lastModified,
      // A response to GET has a body, if an empty one.
      body: Readable.fromWeb(response.body as ReadableStream),
    };
  }
  await response.body?.cancel();
  if (status === 304) return { kind: 'unchanged' };
  if (status === 404 || status === 410) return { kind: 'missing', status };
  throw new HttpStatusError(url, status, retryAfterMs(headers.get('retry-after')));
}

/** Whether a source says the same of a file as before; its length and what it is known by must both be known. */
function isSame(known: KnownFile, said: { [Fact in keyof KnownFile]: KnownFile[Fact] | null }): boolean {
  if (known.bytes !== said.bytes) return false;
  if (known.etag !== null || said.etag !== null) return known.etag === said.etag;
  return known.lastModified !== null && known.lastModified === said.lastModified;
}

/** An ETag says more than a time: servers' clocks have seconds only. */
function conditionOf({ etag, lastModified }: KnownFile): Record<string, string> {
  if (etag !== null) return { 'if-none-match': etag };
  return lastModified === null ? {} : { 'if-modified-since': lastModified };
}

/**
 * Whether an answer is no use for going on: there is nothing behind the offset, since all of the file is here but was
 * never finished, or these are other bytes than those that were asked for.
 */
function isUseless({ status, headers }: Response, resume: { offset: number; etag: string }): boolean {
  if (status !== 206) return status === 416;
  const etag = headers.get('etag');
  return (
    !headers.get('content-range')?.startsWith(`bytes ${resume.offset}-`) ||
    (etag !== null && etag !== resume.etag)
  );
}

async function followRedirects(url: URL, request: FileRequest): Promise<Response> {
  let hop = url;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    assertAllowed(hop, request.policy);
    await request.pace?.(hop.host, request.signal);
    const response = await beginAnswer(hop, request);
    const location = response.headers.get('location');
    if (response.status < 300 || response.status === 304 || response.status >= 400 || location === null) {
      return response;
    }
    await response.body?.cancel();
    hop = new URL(location, hop);
    if (hop.protocol === 'file:') throw new Error(`${url.href} redirects to a file: address`);
  }
  throw new Error(`${url.href} redirects more than ${MAX_REDIRECTS} times`);
}

async function beginAnswer(url: URL, { signal, unless, resume }: FileRequest): Promise<Response> {
  const timeout = new AbortController();
  const timer = setTimeout(
    () => timeout.abort(new Error(`${url.host} did not answer within ${ANSWER_TIMEOUT_MS / 1000} s`)),
    ANSWER_TIMEOUT_MS,
  );
  try {
    return await fetch(url, {
      redirect: 'manual',
      signal: AbortSignal.any([signal, timeout.signal]),
      headers: {
        'user-agent': `fareflow/${version}`,
        // A body packed for its way only would have another length and other bytes.
        'accept-encoding': 'identity',
        ...(unless === undefined ? {} : conditionOf(unless)),
        ...(resume === undefined ? {} : { range: `bytes=${resume.offset}-`, 'if-range': resume.etag }),
      },
    });
  } finally {
    clearTimeout(timer);
  }
}

async function openFile(url: URL, request: FileRequest): Promise<FileAnswer> {
  assertAllowed(url, request.policy);
  const path = await realpath(fileURLToPath(url)).catch((error: unknown) => {
    if (NOT_THERE.has((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  });
  if (path === undefined) return { kind: 'missing', status: 404 };
  await assertAllowedPath(url, path, request.policy);
  const found = await stat(path);
  // To the millisecond, unlike a server's: a file that is written anew within a second is another one.
  const said = { etag: null, lastModified: found.mtime.toISOString(), bytes: found.size };
  if (request.unless !== undefined && isSame(request.unless, said)) return { kind: 'unchanged' };
  return {
    kind: 'body',
    offset: 0,
    totalBytes: said.bytes,
    etag: said.etag,
    lastModified: said.lastModified,
    body: createReadStream(path, { signal: request.signal, highWaterMark: 1 << 20 }),
  };
}

/** Seconds or a date, as RFC 9110 section 10.2.3 has it. */
function retryAfterMs(header: string | null): number | undefined {
  if (header === null) return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return ms > 0 ? Math.min(ms, MAX_RETRY_AFTER_MS) : undefined;
}
