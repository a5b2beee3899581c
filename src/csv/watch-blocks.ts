const NEWLINE = 0x0a;

/**
 * Passes blocks of records on and tells how far they have come. Records are counted in the first block alone, and the
 * rest is reckoned from its average: to count them all would slow the copy.
 */
export async function* watchBlocks(
  blocks: AsyncIterable<Buffer>,
  onBlock: (bytes: number, rows: number) => void,
): AsyncGenerator<Buffer> {
  let bytes = 0;
  let recordBytes: number | undefined;
  for await (const block of blocks) {
    // Whoever takes the block may write over it.
    recordBytes ??= block.length / Math.max(1, countLines(block));
    yield block;
    bytes += block.length;
    onBlock(bytes, Math.round(bytes / recordBytes));
  }
}

function countLines(block: Buffer): number {
  let lines = 0;
  for (let at = block.indexOf(NEWLINE); at >= 0; at = block.indexOf(NEWLINE, at + 1)) lines++;
  return lines;
}
