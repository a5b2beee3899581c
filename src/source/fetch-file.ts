/** Brings a file into the cache: whole, verified, and continued where an earlier attempt was cut off. */
import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import {
  type FileCache,
  inheritPartial,
  keepWhole,
  newPartial,
  removePartial,
  removePartials,
} from './cache.ts';
import { CorruptFileError } from './content-check.ts';
import { createInspector, type FileFacts, type Inspector } from './inspector.ts';
import type { FileLocation } from './locate.ts';
import { type FileAnswer, type FileRequest, type KnownFile, requestFile } from './request.ts';

/** A source that sends nothing for this long has stalled. */
const STALL_MS = 12_000;
const WAITING_BEAT_MS = 5_000;

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
  /** Resolves when the host may be asked. */
  pace?: FileRequest['pace'];
  /** Do not fetch a file that still is this one. */
  unless?: KnownFile | undefined;
  /** Where an earlier attempt stopped. */
  resume?: ResumePoint | undefined;
  /** Whether another attempt will go on with what this one leaves on this error; else nothing is left. */
  isFollowed?: ((error: unknown) => boolean) | undefined;
  onProgress: (progress: {
    bytes: number;
    totalBytes: number | null;
    resume: ResumePoint | undefined;
  }) => void;
}

/** What an attempt has of an earlier one's file. */
interface Inherited {
  bytes: number;
  etag: string;
}

/** A file that is in the cache now, or why there is none. */
export type FetchResult =
  | { kind: 'unchanged' }
  | { kind: 'missing'; status: number }
  | ({ kind: 'whole'; etag: string | null; lastModified: string | null } & FileFacts);

/** The body did not come to its end. */
export class TruncatedBodyError extends Error {
  override name = 'TruncatedBodyError';
}

/**
 * Fetches a file into the cache under its SHA-256. Bytes that are no whole file are fetched once more from
 * the start, since the way may have spoilt them; then it is the file itself, and a CorruptFileError is thrown.
 */
export async function fetchFile(location: FileLocation, options: FetchOptions): Promise<FetchResult> {
  const { cache, runId, isFollowed } = options;
  const partial = await newPartial(cache, runId);
  try {
    const inherited = await inherit(partial, options);
    const result = await fetchOnce(location, partial, inherited, options).catch((error: unknown) => {
      if (error instanceof CorruptFileError) return fetchOnce(location, partial, undefined, options);
      throw error;
    });
    if (result.kind === 'whole') await keepWhole(cache, partial, result.sha256);
    else await removePartial(partial);
    return result;
  } catch (error) {
    // Only its own: if this attempt was given up as lost, the next one is writing by now.
    if (isFollowed?.(error) !== true) await removePartial(partial);
    throw error;
  }
}

/** Begins an attempt's file with what the one before it has written, if there is anything. */
async function inherit(
  partial: string,
  { cache, runId, resume }: FetchOptions,
): Promise<Inherited | undefined> {
  const bytes = resume === undefined ? 0 : await inheritPartial(resume.path, partial);
  await removePartials(cache, runId, partial);
  return resume === undefined || bytes === 0 ? undefined : { bytes, etag: resume.etag };
}

async function fetchOnce(
  location: FileLocation,
  partial: string,
  inherited: Inherited | undefined,
  options: FetchOptions,
): Promise<FetchResult> {
  const { signal, pace, unless, onProgress } = options;
  const { format, policy } = location;
  const soFar = {
    bytes: inherited?.bytes ?? 0,
    totalBytes: null,
    resume: inherited && { path: partial, etag: inherited.etag },
  };
  let inspector = createInspector(format, policy.maxUnpackedBytes);
  try {
    // Reports the new file as well: an attempt that gets no answer has nothing else to say of it.
    if (inherited !== undefined) await inspectInherited(partial, inspector, () => onProgress(soFar));
    // Waiting for an answer is life too, although nothing moves.
    const waiting = setInterval(() => onProgress(soFar), WAITING_BEAT_MS);
    const answer = await requestFile(location.url, {
      policy,
      signal,
      pace,
      unless,
      resume: inherited && { offset: inherited.bytes, etag: inherited.etag },
    }).finally(() => clearInterval(waiting));
    if (answer.kind !== 'body') return answer;
    if (inherited !== undefined && answer.offset === 0) {
      inspector.destroy();
      inspector = createInspector(format, policy.maxUnpackedBytes);
    }
    const facts = await writeBody(answer, partial, inspector, options).finally(() => answer.body.destroy());
    return { kind: 'whole', etag: answer.etag, lastModified: answer.lastModified, ...facts };
  } finally {
    inspector.destroy();
  }
}

async function writeBody(
  answer: Extract<FileAnswer, { kind: 'body' }>,
  partial: string,
  inspector: Inspector,
  { signal, onProgress }: FetchOptions,
): Promise<FileFacts> {
  const { offset, totalBytes, etag, body } = answer;
  // It may break before it is read, which is when that is noticed; without a listener it would end the process.
  body.on('error', () => undefined);
  const file = await open(partial, offset > 0 ? 'r+' : 'w');
  // A weak ETag does not promise the same bytes, so it cannot be resumed on (RFC 9110, section 13.1.5).
  const resume = etag === null || etag.startsWith('W/') ? undefined : { path: partial, etag };
  const progress = (bytes: number) => onProgress({ bytes, totalBytes, resume });
  try {
    const bytes = await copyBody(answer, file, inspector, signal, progress);
    if (totalBytes !== null && bytes < totalBytes) throw truncated(bytes, totalBytes);
    const facts = await inspector.finish();
    await file.datasync();
    return facts;
  } finally {
    await file.close();
  }
}

async function copyBody(
  { body, offset, totalBytes }: Extract<FileAnswer, { kind: 'body' }>,
  file: FileHandle,
  inspector: Inspector,
  signal: AbortSignal,
  onBytes: (bytes: number) => void,
): Promise<number> {
  let position = offset;
  const stalled = () =>
    body.destroy(
      new TruncatedBodyError(`the source sent nothing for ${STALL_MS / 1000} s after ${position} bytes`),
    );
  let timer = setTimeout(stalled, STALL_MS);
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
  } catch (error) {
    const isOwn = error !== body.errored || error instanceof TruncatedBodyError || signal.aborted;
    throw isOwn ? error : truncated(position, totalBytes, error);
  } finally {
    clearTimeout(timer);
  }
}

/** The connection was cut; the driver's own error does not say how far it had come. */
function truncated(bytes: number, totalBytes: number | null, cause?: unknown): TruncatedBodyError {
  const of = totalBytes === null ? '' : ` of ${totalBytes}`;
  return new TruncatedBodyError(`the connection ended after ${bytes}${of} bytes`, { cause });
}

async function inspectInherited(path: string, inspector: Inspector, onChunk: () => void): Promise<void> {
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    await inspector.write(chunk as Buffer);
    onChunk();
  }
}
