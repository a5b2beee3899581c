/** How a CSV file is packed, which its content says: mirrors are careless with names. */
import { type Duplex, PassThrough } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { createUnzstd } from './unzstd.ts';

export type Packing = 'gzip' | 'zstd' | 'none';

/** How packed files begin (RFC 1952, section 2.3.1; RFC 8878, section 3.1.1). */
const MAGIC = [
  ['gzip', Buffer.from([0x1f, 0x8b])],
  ['zstd', Buffer.from([0x28, 0xb5, 0x2f, 0xfd])],
] as const;

/** How a file that begins like this is packed. */
export function packingOf(start: Buffer): Packing {
  return MAGIC.find(([, magic]) => start.subarray(0, magic.length).equals(magic))?.[0] ?? 'none';
}

/** A stream that unpacks what is written into it, and fails unless that is whole. */
export function createUnpacker(packing: Packing, chunkSize: number): Duplex {
  switch (packing) {
    case 'gzip':
      return createGunzip({ chunkSize });
    case 'zstd':
      return createUnzstd();
    case 'none':
      return new PassThrough();
  }
}
