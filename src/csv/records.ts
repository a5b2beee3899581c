/** Cuts a CSV byte stream into blocks of whole records, without looking into the records. */
import type { Readable } from 'node:stream';

const NEWLINE = 0x0a;
const QUOTE = 0x22;
/** Blocks are at least this long, so that what a block costs is spread over thousands of records. */
const BLOCK_BYTES = 1 << 20;
/** What does not end within this length is no record of a trip, and would fill the memory. */
const MAX_RECORD_BYTES = 1 << 24;

/** The first line of a file, and its records in blocks. */
export interface CsvFile {
  /** The header's bytes without their line end. */
  header: Buffer;
  /** Blocks that end where a record ends; only the last may lack a line end. */
  blocks: AsyncIterable<Buffer>;
}

/** A line or record goes on without end: a quote that is never closed, or a file that is no CSV. */
export class EndlessRecordError extends Error {
  override name = 'EndlessRecordError';

  constructor(offset: number) {
    super(
      `the record that begins at byte ${offset} of the unpacked file does not end within ${MAX_RECORD_BYTES >> 20} MiB: a quote that is not closed, or no CSV file`,
    );
  }
}

/** Reads the header line of a CSV stream; the blocks that follow must be read to the end or the stream destroyed. */
export async function openCsv(stream: Readable): Promise<CsvFile> {
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  const parts: Buffer[] = [];
  let length = 0;
  let rest: Buffer = Buffer.alloc(0);
  for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) {
    const end = next.value.indexOf(NEWLINE);
    parts.push(end < 0 ? next.value : next.value.subarray(0, end));
    length += next.value.length;
    if (end >= 0) {
      rest = next.value.subarray(end + 1);
      break;
    }
    if (length > MAX_RECORD_BYTES) throw new EndlessRecordError(0);
  }
  const header = withoutCarriageReturn(Buffer.concat(parts));
  return { header, blocks: cutBlocks(rest, chunks, length - rest.length) };
}

/** The names in a header line; TLC headers quote their names or do not, and no name holds a comma. */
export function headerNames(header: Buffer): string[] {
  const text = header.toString('utf8').replace(/^\uFEFF/, '');
  return text === '' ? [] : text.split(',').map((name) => name.replace(/^"(.*)"$/, '$1'));
}

/** The blocks of what follows the header; `start` was read with it and begins at byte `offset` of the file. */
async function* cutBlocks(
  start: Buffer,
  chunks: AsyncIterator<Buffer>,
  offset: number,
): AsyncGenerator<Buffer> {
  let parts: Buffer[] = [];
  let length = 0;
  // Length up to the last record end among the parts.
  let whole = 0;
  let quoted = false;
  let next: IteratorResult<Buffer> = { value: start };
  for (; next.done !== true; next = await chunks.next()) {
    const chunk = next.value;
    const scanned = lastRecordEnd(chunk, quoted);
    if (scanned.end > 0) whole = length + scanned.end;
    quoted = scanned.quoted;
    parts.push(chunk);
    length += chunk.length;
    if (length - whole > MAX_RECORD_BYTES) throw new EndlessRecordError(offset + whole);
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
  return line.at(-1) === 0x0d ? line.subarray(0, -1) : line;
}
