/**
 * PostgreSQL's binary COPY format (manual, "COPY", "Binary Format"): records from columns of values, as column stores
 * hand them out. Works column by column, in loops that meet one type each: a month has tens of millions of values.
 */
import type { ColumnType } from '../datasets/index.ts';
import { columnList, qualified, type TableName } from './sql.ts';

/** What a stream of records begins and ends with, on every connection. */
export interface Framing {
  header: Buffer;
  trailer: Buffer;
}

/** The signature, no flags, no header extension; and in place of a record's number of fields, -1. */
export const binaryFraming: Framing = {
  header: Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1'),
  trailer: Buffer.from([0xff, 0xff]),
};

/** The statement that takes binary records into a staging table. */
export function binaryCopyStatement(staging: TableName, columns: readonly string[]): string {
  return `copy ${qualified(staging)} (${columnList(columns)}) from stdin with (format binary)`;
}

/** Values of a type that has a fixed width, as this machine keeps them (little-endian). */
export interface FixedValues {
  type: Exclude<ColumnType, 'text'>;
  /** Four bytes a value for `integer`, eight for the others; a timestamp is microseconds since 1970. */
  bytes: Uint8Array;
  /** A bit a value, the lowest first; null where every value is there. */
  present: Uint8Array | null;
}

/** Texts in UTF-8. */
export interface TextValues {
  type: 'text';
  present: Uint8Array | null;
  byteLength(row: number): number;
  write(row: number, target: Uint8Array, at: number): void;
}

/** The values of one column. */
export type Values = FixedValues | TextValues;

const widths = { integer: 4, bigint: 8, timestamp: 8, 'double precision': 8 } as const;

/** Bytes of a record's number of fields, and of a field's length. */
const COUNT_BYTES = 2;
const LENGTH_BYTES = 4;
const NULL_LENGTH = -1;

/** Microseconds from 1970 to PostgreSQL's epoch, 2000, in two halves of 32 bits. */
const EPOCH_US = 946_684_800_000_000;
const EPOCH_HIGH = Math.floor(EPOCH_US / 2 ** 32);
const EPOCH_LOW = EPOCH_US % 2 ** 32;

/** The records of so many rows. */
export function encodeRecords(columns: readonly Values[], rows: number): Buffer {
  const { at, byteLength } = placeRecords(columns, rows);
  const records = Buffer.allocUnsafe(byteLength);
  const view = new DataView(records.buffer, records.byteOffset, byteLength);
  for (let row = 0; row < rows; row++) {
    view.setInt16(at[row] as number, columns.length);
    at[row] = (at[row] as number) + COUNT_BYTES;
  }
  for (const column of columns) {
    if (column.type === 'text') writeTexts(column, rows, at, records, view);
    else if (column.type === 'timestamp') writeTimestamps(column, rows, at, view);
    else if (column.type === 'integer') writeFourBytes(column, rows, at, view);
    else writeEightBytes(column, rows, at, view);
  }
  return records;
}

/** Where each record begins, and how long they are together. */
function placeRecords(columns: readonly Values[], rows: number): { at: Int32Array; byteLength: number } {
  const lengths = new Int32Array(rows);
  let common = COUNT_BYTES + LENGTH_BYTES * columns.length;
  for (const column of columns) {
    const { present } = column;
    if (column.type === 'text') {
      for (let row = 0; row < rows; row++)
        if (isPresent(present, row)) lengths[row] = (lengths[row] as number) + column.byteLength(row);
      continue;
    }
    const width = widths[column.type];
    common += width;
    if (present === null) continue;
    for (let row = 0; row < rows; row++)
      if (!isPresent(present, row)) lengths[row] = (lengths[row] as number) - width;
  }
  let byteLength = 0;
  for (let row = 0; row < rows; row++) {
    const length = common + (lengths[row] as number);
    lengths[row] = byteLength;
    byteLength += length;
  }
  return { at: lengths, byteLength };
}

function writeFourBytes({ bytes, present }: FixedValues, rows: number, at: Int32Array, view: DataView): void {
  const values = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let row = 0; row < rows; row++) {
    const to = at[row] as number;
    if (isPresent(present, row)) {
      view.setInt32(to, 4);
      view.setInt32(to + 4, values.getInt32(row * 4, true));
      at[row] = to + 8;
    } else {
      view.setInt32(to, NULL_LENGTH);
      at[row] = to + LENGTH_BYTES;
    }
  }
}

function writeEightBytes(
  { bytes, present }: FixedValues,
  rows: number,
  at: Int32Array,
  view: DataView,
): void {
  const values = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let row = 0; row < rows; row++) {
    const to = at[row] as number;
    if (isPresent(present, row)) {
      view.setInt32(to, 8);
      view.setInt32(to + 4, values.getInt32(row * 8 + 4, true));
      view.setInt32(to + 8, values.getInt32(row * 8, true));
      at[row] = to + 12;
    } else {
      view.setInt32(to, NULL_LENGTH);
      at[row] = to + LENGTH_BYTES;
    }
  }
}

function writeTimestamps(
  { bytes, present }: FixedValues,
  rows: number,
  at: Int32Array,
  view: DataView,
): void {
  const values = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let row = 0; row < rows; row++) {
    const to = at[row] as number;
    if (isPresent(present, row)) {
      // In halves, since a bigint a value would cost more than all the rest.
      const low = values.getUint32(row * 8, true) - EPOCH_LOW;
      view.setInt32(to, 8);
      view.setInt32(to + 4, values.getInt32(row * 8 + 4, true) - EPOCH_HIGH - (low < 0 ? 1 : 0));
      view.setInt32(to + 8, low);
      at[row] = to + 12;
    } else {
      view.setInt32(to, NULL_LENGTH);
      at[row] = to + LENGTH_BYTES;
    }
  }
}

function writeTexts(column: TextValues, rows: number, at: Int32Array, records: Buffer, view: DataView): void {
  for (let row = 0; row < rows; row++) {
    const to = at[row] as number;
    if (isPresent(column.present, row)) {
      const length = column.byteLength(row);
      view.setInt32(to, length);
      column.write(row, records, to + LENGTH_BYTES);
      at[row] = to + LENGTH_BYTES + length;
    } else {
      view.setInt32(to, NULL_LENGTH);
      at[row] = to + LENGTH_BYTES;
    }
  }
}

function isPresent(present: Uint8Array | null, row: number): boolean {
  return present === null || ((present[row >> 3] as number) & (1 << (row & 7))) !== 0;
}
