/** Cuts a CSV byte stream into blocks of whole records, without looking into the records. */
import type { Readable } from 'node:stream';

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const QUOTE = 0x22;
/** Blocks are at least this long, so that what a block costs is spread over thousands of records. */
const BLOCK_BYTES = 1 << 20;
/** What does not end within this length is no record of a trip, and would fill the memory. */
export const MAX_RECORD_BYTES = 1 << 24;

/** The first line of a file, and what follows it, to be read once: as it comes, or in blocks. */
export interface CsvFile {
  /** The header's bytes without their line end. */
  header: Buffer;
  /** The line on which the first record begins; the header is line 1, and blank lines behind it are passed over. */
  firstLine: number;
  /** The records as they come. */
  chunks: AsyncIterable<Buffer>;
  /** The records in blocks that end where a record ends; only the last may lack a line end. */
  blocks: AsyncIterable<Buffer>;
}

/** A line or record goes on without end: a quote that is never closed, or a file that is no CSV. */
export class EndlessRecordError extends Error {
  override name = 'EndlessRecordError';

  constructor(place: string) {
    super(
      `the record that begins ${place} of the unpacked file does not end within ${MAX_RECORD_BYTES >> 20} MiB: a quote that is not closed, or no CSV file`,
    );
  }
}

/** A record is not what the file's other records are; which one it is is for others to find out. */
export class MalformedRecordError extends Error {
  override name = 'MalformedRecordError';
}

/** Reads the header line of a CSV stream; what follows must be read to the end or the stream destroyed. */
export async function openCsv(stream: Readable): Promise<CsvFile> {
  const source = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  const { line, rest } = await readLine(source);
  const { start, blankLines, blankBytes } = await passBlankLines(rest, source);
  const chunks = chain(start, source);
  const offset = line.length + 1 + blankBytes;
  return {
    header: withoutCarriageReturn(line),
    firstLine: 2 + blankLines,
    chunks,
    blocks: cutBlocks(chunks, offset),
  };
}

async function readLine(source: AsyncIterator<Buffer>): Promise<{ line: Buffer; rest: Buffer }> {
  const parts: Buffer[] = [];
  let length = 0;
  for (let next = await source.next(); next.done !== true; next = await source.next()) {
    const end = next.value.indexOf(NEWLINE);
    parts.push(end < 0 ? next.value : next.value.subarray(0, end));
    if (end >= 0) return { line: Buffer.concat(parts), rest: next.value.subarray(end + 1) };
    length += next.value.length;
    if (length > MAX_RECORD_BYTES) throw new EndlessRecordError('at byte 0');
  }
  return { line: Buffer.concat(parts), rest: Buffer.alloc(0) };
}

/** Older files have a blank line between header and records. */
async function passBlankLines(
  start: Buffer,
  source: AsyncIterator<Buffer>,
): Promise<{ start: Buffer; blankLines: number; blankBytes: number }> {
  let blankLines = 0;
  let blankBytes = 0;
  for (;;) {
    const next = start.length < 2 ? await source.next() : undefined;
    if (next !== undefined && next.done !== true) {
      start = Buffer.concat([start, next.value]);
      continue;
    }
    const blank = start[0] === NEWLINE ? 1 : start[0] === CARRIAGE_RETURN && start[1] === NEWLINE ? 2 : 0;
    if (blank === 0) return { start, blankLines, blankBytes };
    start = start.subarray(blank);
    blankLines++;
    blankBytes += blank;
  }
}

async function* chain(start: Buffer, source: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  if (start.length > 0) yield start;
  for (let next = await source.next(); next.done !== true; next = await source.next()) yield next.value;
}

/** The names in a header line, each quoted or not. */
export function headerNames(header: Buffer): string[] {
  const text = header.toString('utf8').replace(/^\uFEFF/, '');
  const names: string[] = [];
  let start = 0;
  let quoted = false;
  for (let i = 0; i <= text.length && text !== ''; i++) {
    if (text[i] === '"') quoted = !quoted;
    if (i < text.length && (quoted || text[i] !== ',')) continue;
    names.push(unquoted(text.slice(start, i)));
    start = i + 1;
  }
  return names;
}

function unquoted(name: string): string {
  const inner = /^"([^]*)"$/.exec(name)?.[1];
  return inner === undefined ? name : inner.replaceAll('""', '"');
}

/** Blocks of whole records; the first begins at byte `offset` of the file. */
async function* cutBlocks(chunks: AsyncIterable<Buffer>, offset: number): AsyncGenerator<Buffer> {
  let parts: Buffer[] = [];
  let length = 0;
  // Length up to the last record end among the parts.
  let whole = 0;
  let quoted = false;
  for await (const chunk of chunks) {
    const scanned = lastRecordEnd(chunk, quoted);
    if (scanned.end > 0) whole = length + scanned.end;
    quoted = scanned.quoted;
    parts.push(chunk);
    length += chunk.length;
    if (length - whole > MAX_RECORD_BYTES) throw new EndlessRecordError(`at byte ${offset + whole}`);
    // A record longer than a block: go on until it ends.
    if (length < BLOCK_BYTES || whole === 0) continue;
    const block = Buffer.concat(parts, length);
    yield block.subarray(0, whole);
    offset += whole;
    parts = [block.subarray(whole)];
    length -= whole;
    whole = 0;
  }
  if (length > 0) yield Buffer.concat(parts, length);
}

/**
 * The offset behind the last record end in a chunk, or 0, and whether the chunk ends inside quotes, given whether it
 * begins there. A line end inside quotes ends no record.
 */
function lastRecordEnd(chunk: Buffer, quoted: boolean): { end: number; quoted: boolean } {
  if (!quoted && chunk.indexOf(QUOTE) < 0) return { end: chunk.lastIndexOf(NEWLINE) + 1, quoted };
  let end = 0;
  for (let i = 0; i < chunk.length; i++) {
    const byte = chunk[i];
    if (byte === QUOTE) quoted = !quoted;
    else if (byte === NEWLINE && !quoted) end = i + 1;
  }
  return { end, quoted };
}

function withoutCarriageReturn(line: Buffer): Buffer {
  return line.at(-1) === CARRIAGE_RETURN ? line.subarray(0, -1) : line;
}
