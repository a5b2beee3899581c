/**
 * Unpacks Zstandard (RFC 8878), which Node.js can do itself only from 22.15 on. fzstd unpacks the blocks; that each
 * frame comes to its end and has the content that its checksum says is seen to here.
 */
import { Duplex } from 'node:stream';
import { Decompress } from 'fzstd';
import xxhash, { type XXHash } from 'xxhash-wasm';

const FRAME_MAGIC = 0xfd2fb528;
/** Frames that hold nothing of the content: sixteen magic numbers that differ in their last four bits. */
const SKIPPABLE_MAGIC = 0x184d2a50;
/** The zstd program's own limit: what a frame may make its reader keep in memory. */
const MAX_WINDOW_BYTES = 1 << 27;
/** How much of a frame that is skipped is kept at a time. */
const MAX_SKIPPED_BYTES = 1 << 16;
const MAX_UINT32 = 0xffff_ffffn;

/** What a frame's content goes through. */
interface FrameReader {
  unpack(piece: Uint8Array, isLast: boolean): void;
  /** The low half of the XXH64 of all content so far, which is what a frame's checksum is. */
  checksum(): number;
}

/**
 * A stream that unpacks a zstd file and fails unless it is whole. It is no further ahead of its reader than a block:
 * four bytes can be a hundred thousand.
 */
export function createUnzstd(): Duplex {
  return Duplex.from(unpackFrames);
}

async function* unpackFrames(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const hashes = await xxhash();
  let content: Buffer[] = [];
  let isInFrame = false as boolean;
  const frames = readFrames(
    () => createFrameReader(hashes.create64(), (part) => content.push(part)),
    (inFrame) => (isInFrame = inFrame),
  );
  let wanted = frames.next().value ?? 0;
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    while (rest.length - at >= wanted) {
      const piece = rest.subarray(at, (at += wanted));
      wanted = frames.next(piece).value ?? 0;
      yield* content;
      content = [];
    }
    rest = rest.subarray(at);
  }
  if (isInFrame || rest.length > 0) throw new Error('unexpected end of file');
}

/** Reads frame after frame; it yields how many bytes it wants next. */
function* readFrames(
  createReader: () => FrameReader,
  onFrame: (isInFrame: boolean) => void,
): Generator<number, void, Buffer> {
  for (;;) {
    onFrame(false);
    const magic = yield 4;
    onFrame(true);
    const number = magic.readUInt32LE();
    if (number === FRAME_MAGIC) yield* readFrame(magic, createReader());
    else if ((number & ~0xf) >>> 0 === SKIPPABLE_MAGIC) yield* skipFrame();
    else throw new Error('what follows is no zstd frame');
  }
}

function* skipFrame(): Generator<number, void, Buffer> {
  for (let left = (yield 4).readUInt32LE(); left > 0;) {
    const { length } = yield Math.min(left, MAX_SKIPPED_BYTES);
    left -= length;
  }
}

function* readFrame(magic: Buffer, reader: FrameReader): Generator<number, void, Buffer> {
  const descriptor = yield 1;
  const flags = descriptor.readUInt8();
  const isSingleSegment = (flags & 0x20) !== 0;
  const hasChecksum = (flags & 0x04) !== 0;
  const dictionaryBytes = [0, 1, 2, 4][flags & 3] ?? 0;
  const sizeBytes = [isSingleSegment ? 1 : 0, 2, 4, 8][flags >> 6] ?? 0;
  if (dictionaryBytes > 0) throw new Error('it needs a dictionary');
  const header = yield (isSingleSegment ? 0 : 1) + sizeBytes;
  assertWindow(header, isSingleSegment);
  reader.unpack(Buffer.concat([magic, descriptor, header]), false);
  for (let isLast = false; !isLast;) {
    const blockHeader = yield 3;
    const block = blockHeader.readUIntLE(0, 3);
    isLast = (block & 1) === 1;
    // A run of one byte is stored as that byte.
    const isRun = ((block >> 1) & 3) === 1;
    const content = yield isRun ? 1 : block >> 3;
    reader.unpack(Buffer.concat([blockHeader, content]), isLast && !hasChecksum);
  }
  if (!hasChecksum) return;
  const checksum = yield 4;
  reader.unpack(checksum, true);
  if (checksum.readUInt32LE() !== reader.checksum()) throw new Error('incorrect data check');
}

/** Throws unless what the frame wants to look back on is of a size that a reader can be expected to keep. */
function assertWindow(header: Buffer, isSingleSegment: boolean): void {
  const bytes = isSingleSegment ? contentBytes(header) : windowBytes(header.readUInt8());
  if (bytes > MAX_WINDOW_BYTES)
    throw new Error(`its window of ${bytes} bytes is larger than ${MAX_WINDOW_BYTES}`);
}

function contentBytes(size: Buffer): number {
  if (size.length === 8) return Number(size.readBigUInt64LE());
  return size.readUIntLE(0, size.length) + (size.length === 2 ? 256 : 0);
}

function windowBytes(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}

function createFrameReader(hash: XXHash<bigint>, onContent: (content: Buffer) => void): FrameReader {
  const decompress = new Decompress((content) => {
    if (content.length === 0) return;
    hash.update(content);
    onContent(Buffer.from(content.buffer, content.byteOffset, content.byteLength));
  });
  return {
    unpack: (piece, isLast) => void decompress.push(piece, isLast),
    checksum: () => Number(hash.digest() & MAX_UINT32),
  };
}
