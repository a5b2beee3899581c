const QUOTE = 0x22;
const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const MARKER = Buffer.from('\\.');
const MARKER_LINE = Buffer.from('\n\\.');
const QUOTED_MARKER = Buffer.from('"\\."');

/**
 * Blocks of whole records in which a record `\.` is quoted. Before version 18 PostgreSQL takes it for the end of the
 * data: it would leave out all that follows and say nothing. Quoted it is a record of one field, which is refused.
 */
export async function* quoteEndMarkers(blocks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const block of blocks) {
    const mayHoldOne = block.subarray(0, 2).equals(MARKER) || block.indexOf(MARKER_LINE) >= 0;
    yield mayHoldOne ? quoted(block) : block;
  }
}

function quoted(block: Buffer): Buffer {
  const parts: Buffer[] = [];
  let from = 0;
  let inQuotes = false;
  let atStart = true;
  for (let i = 0; i < block.length; i++) {
    if (atStart && isMarker(block, i)) {
      parts.push(block.subarray(from, i), QUOTED_MARKER);
      from = i + MARKER.length;
    }
    if (block[i] === QUOTE) inQuotes = !inQuotes;
    atStart = block[i] === NEWLINE && !inQuotes;
  }
  return Buffer.concat([...parts, block.subarray(from)]);
}

/** Whether the record that begins here is a marker and nothing else. */
function isMarker(block: Buffer, at: number): boolean {
  if (!block.subarray(at, at + MARKER.length).equals(MARKER)) return false;
  const next = block[at + MARKER.length];
  return next === undefined || next === NEWLINE || next === CARRIAGE_RETURN;
}
