/** Makes of a file's records what COPY takes. */
import { MalformedRecordError } from './records.ts';
import { stripSurplus } from './strip-surplus.ts';

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const QUOTE = 0x22;
const COMMA = 0x2c;
const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;

/** What becomes of a field that the header names: dropped, kept as it is, or kept as an integer (`1.0` is 1). */
export type FieldRule = 'drop' | 'keep' | 'integer';

/** What is to be done to each record. */
export interface NormalRules {
  fields: readonly FieldRule[];
  /** How many fields without a name follow, all of them empty. */
  surplus: number;
}

/** Whether records of this kind are none that COPY takes as they are. */
export function needsNormalising({ fields, surplus }: NormalRules): boolean {
  return surplus > 0 || fields.includes('drop');
}

/** Blocks of whole records, normalised as far as the kind of file makes it necessary. */
export async function* normalise(blocks: AsyncIterable<Buffer>, rules: NormalRules): AsyncGenerator<Buffer> {
  const drops = rules.fields.includes('drop');
  for await (const block of blocks) {
    yield drops || block.includes(QUOTE) ? rewriteFields(block, rules) : stripSurplus(block, rules.surplus);
  }
}

/** Blocks of whole records, normalised field by field. Throws a MalformedRecordError for a record that has not the right fields. */
export async function* normaliseFields(
  blocks: AsyncIterable<Buffer>,
  rules: NormalRules,
): AsyncGenerator<Buffer> {
  for await (const block of blocks) yield rewriteFields(block, rules);
}

/** A block with every line ended by LF, fields dropped and integers without their `.0`. */
export function rewriteFields(block: Buffer, { fields, surplus }: NormalRules): Buffer {
  const written = Buffer.allocUnsafe(block.length + 1);
  const first = fields.findIndex((rule) => rule !== 'drop');
  let length = 0;
  for (let at = 0; at < block.length;) {
    let field = 0;
    for (let isLast = false; !isLast; field++) {
      const rule = fields[field];
      if (rule !== undefined && rule !== 'drop' && field > first) written[length++] = COMMA;
      const start = length;
      let quoted = false;
      for (; at < block.length; at++) {
        const byte = block[at] as number;
        if (byte === QUOTE) quoted = !quoted;
        else if (!quoted && (byte === COMMA || byte === NEWLINE)) break;
        written[length++] = byte;
      }
      if (quoted) throw new MalformedRecordError('a quote is not closed');
      isLast = block[at] !== COMMA;
      at++;
      if (isLast && length > start && written[length - 1] === CARRIAGE_RETURN) length--;
      if (rule === 'integer') length = withoutFraction(written, start, length);
      else if (rule === undefined) {
        if (!isEmpty(written, start, length))
          throw new MalformedRecordError('a field without a name has a value');
        length = start;
      } else if (rule === 'drop') length = start;
    }
    if (field !== fields.length && field !== fields.length + surplus) {
      throw new MalformedRecordError(`${field} fields in place of ${fields.length + surplus}`);
    }
    written[length++] = NEWLINE;
  }
  return written.subarray(0, length);
}

/** The end of a field whose value lost its `.0`, quoted or not. */
function withoutFraction(bytes: Buffer, start: number, end: number): number {
  const isQuoted = bytes[end - 1] === QUOTE;
  const last = isQuoted ? end - 2 : end - 1;
  let at = last;
  while (at > start && bytes[at] === ZERO) at--;
  const before = bytes[at - 1] as number;
  if (at === last || bytes[at] !== DOT || at === start || before < ZERO || before > NINE) return end;
  if (isQuoted) bytes[at++] = QUOTE;
  return at;
}

function isEmpty(bytes: Buffer, start: number, end: number): boolean {
  return end === start || (end === start + 2 && bytes[start] === QUOTE && bytes[start + 1] === QUOTE);
}
