/** Cuts a CSV into records one by one, in search of those that are none. Much slower than blocks. */
import { isUtf8 } from 'node:buffer';
import { type CsvFile, EndlessRecordError, MAX_RECORD_BYTES } from './records.ts';

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const QUOTE = 0x22;
const COMMA = 0x2c;
/** Records come in lists of about so many bytes, and of so many records at most: lines may be empty. */
const LIST_BYTES = 1 << 22;
const LIST_RECORDS = 50_000;

/** What the records of a file have in common. */
export interface RecordShape {
  /** How many fields the header names. */
  names: number;
  /** How many fields without a name follow in each record. */
  surplus: number;
  /** Whether the last record must have a line end, because nothing else says that the file is whole. */
  mustEnd: boolean;
}

/** A record as it stands in the file. */
export interface CsvRecord {
  /** The line on which it begins. */
  line: number;
  /** Without the line end. */
  bytes: Buffer;
  fields: number;
  /** Why it cannot be read, if it cannot. */
  flaw: string | undefined;
}

/**
 * The records of a file in lists. A quote that nobody closes takes its own line only, not the rest of the file: a line
 * with a quote that stays open is a flawed record if the file ends before the quote does, or if a line behind it is a
 * whole record by itself.
 */
export async function* cutRecords(csv: CsvFile, shape: RecordShape): AsyncGenerator<CsvRecord[]> {
  let parts: Buffer[] = [];
  let length = 0;
  let restLength = 0;
  let line = csv.firstLine;
  const cut = (isLast: boolean): CsvRecord[] => {
    const list = cutList(Buffer.concat(parts, length), line, isLast, shape);
    parts = [list.rest];
    length = restLength = list.rest.length;
    line = list.line;
    return list.records;
  };
  for await (const chunk of csv.chunks) {
    parts.push(chunk);
    length += chunk.length;
    if (length - restLength < LIST_BYTES) continue;
    for (let isFull = true; isFull;) {
      const records = cut(false);
      isFull = records.length === LIST_RECORDS;
      yield records;
    }
  }
  while (length > 0) yield cut(true);
}

/** The records at the start of `bytes`, and what is left because it may go on. */
function cutList(
  bytes: Buffer,
  line: number,
  isLast: boolean,
  shape: RecordShape,
): { records: CsvRecord[]; rest: Buffer; line: number } {
  const records: CsvRecord[] = [];
  let at = 0;
  while (at < bytes.length && records.length < LIST_RECORDS) {
    let scan = scanRecord(bytes, at);
    const isShort = bytes.length - at <= MAX_RECORD_BYTES;
    if (!scan.ended && !isLast && isShort) break;
    if (scan.lines > 1 && (scan.quoted || holdsRecords(bytes, at, scan.next, shape)))
      scan = scanLine(bytes, at);
    else if (!scan.ended && !isShort) throw new EndlessRecordError(`on line ${line}`);
    const record = bytes.subarray(at, scan.end);
    records.push({ line, bytes: record, fields: scan.fields, flaw: flawOf(record, scan, shape) });
    line += scan.lines;
    at = scan.next;
  }
  return { records, rest: bytes.subarray(at), line };
}

interface Scan {
  /** Where its bytes end, and where the next record begins. */
  end: number;
  next: number;
  fields: number;
  /** How many lines it takes. */
  lines: number;
  /** Whether it has come to its line end. */
  ended: boolean;
  /** Whether a quote is open at its end. */
  quoted: boolean;
  hasNul: boolean;
  hasLoneReturn: boolean;
  isAscii: boolean;
}

/** The record that begins at `at`, by the rules of PostgreSQL's COPY: a quote anywhere opens or closes. */
function scanRecord(bytes: Buffer, at: number): Scan {
  let fields = 1;
  let lines = 1;
  let quoted = false;
  let hasNul = false;
  let hasLoneReturn = false;
  let isAscii = true;
  let i = at;
  for (; i < bytes.length; i++) {
    const byte = bytes[i] as number;
    if (byte === COMMA) {
      if (!quoted) fields++;
    } else if (byte === QUOTE) quoted = !quoted;
    else if (byte === NEWLINE) {
      if (!quoted) break;
      lines++;
    } else if (byte === CARRIAGE_RETURN) {
      if (!quoted && bytes[i + 1] !== NEWLINE) hasLoneReturn = true;
    } else if (byte === 0) hasNul = true;
    else if (byte >= 0x80) isAscii = false;
  }
  const ended = i < bytes.length;
  const end = ended && i > at && bytes[i - 1] === CARRIAGE_RETURN ? i - 1 : i;
  return { end, next: i + 1, fields, lines, ended, quoted, hasNul, hasLoneReturn, isAscii };
}

/** The line that begins at `at` and in which a quote stays open, as if it were a record. */
function scanLine(bytes: Buffer, at: number): Scan {
  const newline = bytes.indexOf(NEWLINE, at);
  const end = bytes[newline - 1] === CARRIAGE_RETURN ? newline - 1 : newline;
  return { ...scanRecord(bytes.subarray(0, end), at), next: newline + 1, ended: true };
}

/** Whether a line behind the first of a record is a whole record by itself. */
function holdsRecords(bytes: Buffer, at: number, end: number, shape: RecordShape): boolean {
  for (let start = bytes.indexOf(NEWLINE, at) + 1; start > 0 && start < end;) {
    const stop = bytes.indexOf(NEWLINE, start) + 1;
    if (stop === 0) return false;
    const scan = scanRecord(bytes.subarray(0, stop), start);
    if (scan.ended && hasRightFields(scan, shape)) return true;
    start = stop;
  }
  return false;
}

function hasRightFields({ fields }: { fields: number }, { names, surplus }: RecordShape): boolean {
  return fields === names || fields === names + surplus;
}

function flawOf(record: Buffer, scan: Scan, shape: RecordShape): string | undefined {
  if (scan.hasNul) return 'it holds a NUL byte, which no text has';
  if (!scan.isAscii && !isUtf8(record)) return 'its bytes are no UTF-8';
  if (scan.quoted) return 'a quote is opened and not closed';
  const endless = scan.ended ? '' : '; the file ends here';
  if (record.length === 0 && shape.names > 1) return 'the line is empty';
  if (!hasRightFields(scan, shape)) {
    const { names, surplus } = shape;
    return `${scan.fields} ${scan.fields === 1 ? 'field' : 'fields'} in place of ${names + surplus}${endless}`;
  }
  if (!scan.ended && shape.mustEnd) return 'the file ends here, in a line without an end';
  if (scan.hasLoneReturn) return 'it holds a carriage return that is not quoted';
  return undefined;
}
