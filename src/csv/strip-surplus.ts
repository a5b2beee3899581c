/** Takes the fields without a name off the end of each record, which COPY knows no way to pass over. */
const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const COMMA = 0x2c;

/**
 * A block of records without quotes, with so many empty fields taken off the end of each. A record that does not end
 * in so many stays as it is, and so has too many fields for COPY.
 */
export function stripSurplus(block: Buffer, surplus: number): Buffer {
  const stripped = Buffer.allocUnsafe(block.length + 1);
  let length = 0;
  for (let start = 0; start < block.length;) {
    const newline = block.indexOf(NEWLINE, start);
    const next = newline < 0 ? block.length : newline + 1;
    let end = newline < 0 ? block.length : newline;
    if (block[end - 1] === CARRIAGE_RETURN) end--;
    let commas = 0;
    while (commas < surplus && block[end - 1 - commas] === COMMA) commas++;
    if (commas === surplus) end -= surplus;
    length += block.copy(stripped, length, start, end);
    stripped[length++] = NEWLINE;
    start = next;
  }
  return stripped.subarray(0, length);
}
