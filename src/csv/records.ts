/** Cuts a CSV byte stream into blocks of whole records, without looking into the records. */
import type { Readable } from 'node:stream';

const NEWLINE = 0x0a;
const QUOTE = 0x22;
/** Blocks are at least this long, so that what a block costs is spread over thousands of records. */
const BLOCK_BYTES = 1 << 20;

/** The first line of a file, and its records in blocks. */
export interface CsvFile {
  /** The header's bytes without their line end. */
  header: Buffer;
  /** Blocks that end where a record ends; only the last may lack a line end. */
  blocks: AsyncIterable<Buffer>;
}

/** Reads the header line of a CSV stream; the blocks that follow must be read to the end or the stream destroyed. */
export async function openCsv(stream: Readable): Promise<CsvFile> {
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let start: Buffer = Buffer.alloc(0);
  let end = -1;
  while (end < 0) {
    const next = await chunks.next();
    if (next.done === true) break;
    start = start.length === 0 ? next.value : Buffer.concat([start, next.value]);
    end = start.indexOf(NEWLINE);
  }
  const header = end < 0 ? start : start.subarray(0, end);
  const rest = end < 0 ? Buffer.alloc(0) : start.subarray(end + 1);
  return { header: withoutCarriageReturn(header), blocks: cutBlocks(rest, chunks) };
}

/** The names in a header line; TLC headers quote their names or do not, and no name holds a comma. */
export function headerNames(header: Buffer): string[] {
  const text = header.toString('utf8').replace(/^\uFEFF/, '');
  return text.split(',').map((name) => name.replace(/^"(.*)"$/, '$1'));
}

async function* cutBlocks(start: Buffer, chunks: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  let parts: Buffer[] = [start];
  let length = start.length;
  for (;;) {
    const next = await chunks.next();
    if (next.done === true) break;
    parts.push(next.value);
    length += next.value.length;
    if (length < BLOCK_BYTES) continue;
    const block = Buffer.concat(parts, length);
    const cut = lastRecordEnd(block);
    // A record longer than a block: go on until it ends.
    if (cut > 0) yield block.subarray(0, cut);
    parts = [block.subarray(cut)];
    length = block.length - cut;
  }
  if (length > 0) yield Buffer.concat(parts, length);
}

/**
 * The offset behind the last line end of a block that begins with a record, or 0. A line end inside quotes ends no
 * record: an odd number of quotes before it says that it is inside.
 */
function lastRecordEnd(block: Buffer): number {
  let end = block.lastIndexOf(NEWLINE);
  if (block.indexOf(QUOTE) < 0) return end + 1;
  while (end >= 0 && countQuotes(block, end) % 2 === 1)
    end = end === 0 ? -1 : block.lastIndexOf(NEWLINE, end - 1);
  return end + 1;
}

function countQuotes(block: Buffer, end: number): number {
  let count = 0;
  for (let at = block.indexOf(QUOTE); at >= 0 && at < end; at = block.indexOf(QUOTE, at + 1)) count++;
  return count;
}

function withoutCarriageReturn(line: Buffer): Buffer {
  return line.at(-1) === 0x0d ? line.subarray(0, -1) : line;
}
