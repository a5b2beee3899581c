/** Brings a file into the cache: whole, verified, and continued where an earlier attempt was cut off. */
import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { type FileCache, inheritPartial, keepWhole, newPartial, removePartials } from './cache.ts';
import { CorruptFileError, createInspector, type FileFacts, type Inspector } from './inspector.ts';
import type { FileLocation } from './locate.ts';
import { type FileAnswer, requestFile } from './request.ts';

/** A source that sends nothing for this long has stalled. */
const STALL_MS = 12_000;

/** What the next attempt needs to go on where this one stops. */
export interface ResumePoint {
  path: string;
  etag: string;
}

/** How a file is to be fetched. */
export interface FetchOptions {
  cache: FileCache;
  runId: string;
  signal: AbortSignal;
  /** Do not fetch a file that still has this ETag. */
  unlessEtag?: string | undefined;
  /** Where an earlier attempt stopped. */
  resume?: ResumePoint | undefined;
  onProgress(progress: { bytes: number; totalBytes: number | null; resume: ResumePoint | undefined }): void;
}

/** A file that is in the cache now, or why there is none. */
export type FetchResult =
  | { kind: 'unchanged' }
  | { kind: 'missing'; status: number }
  | ({ kind: 'whole'; etag: string | null; lastModified: string | null } & FileFacts);

/** The body ended before its announced length. */
export class TruncatedBodyError extends Error {
  override name = 'TruncatedBodyError';
}

/**
 * Fetches a file into the cache under its SHA-256. Bytes that are no whole gzip file are fetched once more from
 * the start, since the way may have spoilt them; then it is the file itself, and a CorruptFileError is thrown.
 */
export async function fetchFile(location: FileLocation, options: FetchOptions): Promise<FetchResult> {
  try {
    return await fetchOnce(location, options);
  } catch (error) {
    if (!(error instanceof CorruptFileError)) throw error;
    return fetchOnce(location, { ...options, resume: undefined });
  }
}

async function fetchOnce(location: FileLocation, options: FetchOptions): Promise<FetchResult> {
  const { cache, runId, signal, unlessEtag } = options;
  const partial = await newPartial(cache, runId);
  const inherited = options.resume === undefined ? 0 : await inheritPartial(options.resume.path, partial);
  await removePartials(cache, runId, partial);
  const answer = await requestFile(location.url, {
    policy: location.policy,
    signal,
    unlessEtag,
    resume: inherited > 0 ? { offset: inherited, etag: (options.resume as ResumePoint).etag } : undefined,
  });
  if (answer.kind !== 'body') {
    await removePartials(cache, runId);
    return answer;
  }
  const facts = await writeBody(answer, partial, options);
  await keepWhole(cache, partial, facts.sha256);
  return { kind: 'whole', etag: answer.etag, lastModified: answer.lastModified, ...facts };
}

async function writeBody(
  answer: Extract<FileAnswer, { kind: 'body' }>,
  partial: string,
  options: FetchOptions,
): Promise<FileFacts> {
  const { offset, totalBytes, etag, body } = answer;
  const inspector = createInspector();
  const file = await open(partial, offset > 0 ? 'r+' : 'w');
  // A weak ETag does not promise the same bytes, so it cannot be resumed on (RFC 9110, section 13.1.5).
  const resume = etag === null || etag.startsWith('W/') ? undefined : { path: partial, etag };
  try {
    if (offset > 0) await inspectInherited(partial, inspector);
    const bytes = await copyBody(body, file, inspector, offset, (written) =>
      options.onProgress({ bytes: written, totalBytes, resume }),
    );
    if (totalBytes !== null && bytes < totalBytes) {
      throw new TruncatedBodyError(`the connection ended after ${bytes} of ${totalBytes} bytes`);
    }
    const facts = await inspector.finish();
    await file.datasync();
    return facts;
  } finally {
    body.destroy();
    inspector.destroy();
    await file.close();
  }
}

async function copyBody(
  body: Readable,
  file: FileHandle,
  inspector: Inspector,
  offset: number,
  onBytes: (bytes: number) => void,
): Promise<number> {
  const stalled = () => body.destroy(new Error(`the source sent nothing for ${STALL_MS / 1000} s`));
  let timer = setTimeout(stalled, STALL_MS);
  let position = offset;
  try {
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      clearTimeout(timer);
      const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      await file.write(bytes, 0, bytes.length, position);
      position += bytes.length;
      await inspector.write(bytes);
      onBytes(position);
      timer = setTimeout(stalled, STALL_MS);
    }
    return position;
  } finally {
    clearTimeout(timer);
  }
}

async function inspectInherited(path: string, inspector: Inspector): Promise<void> {
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    await inspector.write(chunk as Buffer);
  }
}
