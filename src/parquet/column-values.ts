/** Takes the values out of DuckDB's vectors as they lie in memory, without an object for each. */
import duckdb from '@duckdb/node-bindings';
import type { Chunk } from './open-parquet.ts';

/** Bytes of a `duckdb_string_t`: a length, and then the text itself if it is short, or where it is. */
const STRING_BYTES = 16;
const INLINE_BYTES = 12;
const INLINE_AT = 4;
const POINTER_AT = 8;

/** A bit for each value of a column, the lowest first, that says whether it is there; null where all are. */
export function presence(chunk: Chunk, column: number): Uint8Array | null {
  const vector = duckdb.data_chunk_get_vector(chunk.chunk, column);
  // Null, although it is not declared so, where the vector has no bits.
  return duckdb.vector_get_validity(vector, Math.ceil(chunk.rowCount / 64) * 8);
}

/** Whether a column has any value that is not NULL. */
export function hasValue(chunk: Chunk, column: number): boolean {
  const present = presence(chunk, column);
  if (present === null) return chunk.rowCount > 0;
  for (let row = 0; row < chunk.rowCount; row++) {
    if (((present[row >> 3] as number) & (1 << (row & 7))) !== 0) return true;
  }
  return false;
}

/** A copy of the values of a column whose type takes `width` bytes. */
export function fixedBytes(chunk: Chunk, column: number, width: 4 | 8 | 16): Uint8Array {
  // The binding copies as much as it is told to, from beyond the end too.
  return duckdb.vector_get_data(duckdb.data_chunk_get_vector(chunk.chunk, column), chunk.rowCount * width);
}

/** The texts of a column, in UTF-8. */
export class Texts {
  readonly type = 'text';
  readonly present: Uint8Array | null;
  /** Held on to, since long texts lie where its memory is. */
  readonly chunk: Chunk;
  private readonly strings: Uint8Array;
  private readonly view: DataView;

  constructor(chunk: Chunk, column: number) {
    this.chunk = chunk;
    this.present = presence(chunk, column);
    this.strings = fixedBytes(chunk, column, STRING_BYTES);
    this.view = new DataView(this.strings.buffer, this.strings.byteOffset, this.strings.byteLength);
  }

  byteLength(row: number): number {
    return this.view.getUint32(row * STRING_BYTES, true);
  }

  write(row: number, target: Uint8Array, at: number): void {
    const string = row * STRING_BYTES;
    const length = this.byteLength(row);
    if (length > INLINE_BYTES) {
      const pointer = this.strings.byteOffset + string + POINTER_AT;
      target.set(duckdb.get_data_from_pointer(this.strings.buffer as ArrayBuffer, pointer, length), at);
      return;
    }
    for (let i = 0; i < length; i++) target[at + i] = this.strings[string + INLINE_AT + i] as number;
  }
}
