import { createReadStream } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { parseByteRange } from './byte-range.ts';

/** A file on disk and what identifies its bytes over HTTP. */
export interface StoredFile {
  path: string;
  sizeBytes: number;
  /** A strong entity tag, in its quotes. */
  etag: string;
  /** An HTTP date. */
  lastModified: string;
}

/**
 * Answers a GET or HEAD request with a file: whole, one range of it, or the news that the client has it already
 * (RFC 9110). Rejects when the client goes away before the last byte.
 */
export async function serveFile(
  request: IncomingMessage,
  response: ServerResponse,
  file: StoredFile,
): Promise<void> {
  const validators = { ETag: file.etag, 'Last-Modified': file.lastModified };
  if (hasTag(request.headers['if-none-match'], file.etag)) {
    response.writeHead(304, validators).end();
    return;
  }

  const range = rangeFor(request, file);
  if (range === 'unsatisfiable') {
    response.writeHead(416, { 'Content-Range': `bytes */${file.sizeBytes}`, 'Content-Length': 0 }).end();
    return;
  }

  const { first, last } = range ?? { first: 0, last: file.sizeBytes - 1 };
  response.writeHead(range === undefined ? 200 : 206, {
    ...validators,
    'Accept-Ranges': 'bytes',
    'Content-Type': 'application/octet-stream',
    'Content-Length': last - first + 1,
    ...(range === undefined ? {} : { 'Content-Range': `bytes ${first}-${last}/${file.sizeBytes}` }),
  });
  if (request.method === 'HEAD') response.end();
  else await pipeline(createReadStream(file.path, { start: first, end: last }), response);
}

/** `If-None-Match` compares weakly and knows `*`. */
function hasTag(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag);
}

/** A range of other bytes than the client began with would spoil its file: then it gets the whole one. */
function rangeFor(request: IncomingMessage, file: StoredFile): ReturnType<typeof parseByteRange> {
  const ifRange = request.headers['if-range'];
  const unchanged = ifRange === undefined || ifRange === file.etag || ifRange === file.lastModified;
  if (request.method !== 'GET' || !unchanged) return undefined;
  return parseByteRange(request.headers.range, file.sizeBytes);
}
