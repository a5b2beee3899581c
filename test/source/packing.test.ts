import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { CorruptFileError } from '../../src/source/content-check.ts';
import { createInspector } from '../../src/source/inspector.ts';
import { createUnpacker, packingOf } from '../../src/source/packing.ts';
import { linesOf } from './fetching.ts';

// Made with the zstd program, version 1.5.4.
/** `a,b\n1,2\n`, with a checksum. */
const small = Buffer.from('KLUv/QRYQQAAYSxiCjEsMgo158rO', 'base64');
/** 100,000 lines, several blocks, with a checksum. */
const long = Buffer.from(
  'KLUv/QRIdAQAhpEgC6Alx/c0zdL/6hkCHAAcABwAB+dTNuPyJu2xFulwDpQB4+B92mZd0uQ8ymIcAd6lTdYjLc6hHBgD3kH7rE26nEl5jMU7tANrQAqPsyiHceANaAfrkzbnUibj8RbtsA6kAeegfMYW3oE2YB2kz9mUy5i8R1usQzpwBpSD8XmbdlmTFAEAGOX+G/maAkwAAAg4AQD8/zkQAkwAAAg2AQD8/zkQAkUAAAg0AQB82gMh4dp2GQ==',
  'base64',
);
const longText = Array.from({ length: 100_000 }, (_, i) => `${i % 10},${i % 7}\n`).join('');

async function unpack(bytes: Buffer, pieceBytes = bytes.length): Promise<string> {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += pieceBytes) pieces.push(bytes.subarray(at, at + pieceBytes));
  const unpacker = createUnpacker(packingOf(bytes), 1 << 16);
  const content: Buffer[] = [];
  const source = Readable.from(pieces);
  source.pipe(unpacker);
  for await (const chunk of unpacker) content.push(chunk as Buffer);
  return Buffer.concat(content).toString();
}

async function inspect(bytes: Buffer, format: 'csv' | 'parquet' = 'csv', pieceBytes = 1000) {
  const inspector = createInspector(format);
  try {
    for (let at = 0; at < bytes.length; at += pieceBytes)
      await inspector.write(bytes.subarray(at, at + pieceBytes));
    return await inspector.finish();
  } finally {
    inspector.destroy();
  }
}

describe('zstd', () => {
  it('is unpacked, in whatever pieces it comes', async () => {
    for (let size = 1; size <= small.length; size++) expect(await unpack(small, size)).toBe('a,b\n1,2\n');
    for (const size of [1, 97, 4_096, long.length]) expect(await unpack(long, size)).toBe(longText);
  });

  it('may be of several frames, and of some that are to be skipped', async () => {
    const skipped = Buffer.from([0x53, 0x2a, 0x4d, 0x18, 5, 0, 0, 0, 1, 2, 3, 4, 5]);
    expect(await unpack(Buffer.concat([small, skipped, long, small]))).toBe(
      `a,b\n1,2\n${longText}a,b\n1,2\n`,
    );
  });

  it('is refused if it ends before its end, wherever that is', async () => {
    for (let at = 4; at < small.length; at++)
      await expect(inspect(small.subarray(0, at))).rejects.toThrow('not a whole zstd file: unexpected end');
    await expect(inspect(long.subarray(0, -1))).rejects.toThrow('not a whole zstd file: unexpected end');
  });

  it('is refused if its content is not what its checksum says', async () => {
    const spoilt = Buffer.from(small);
    spoilt.writeUInt8(spoilt.readUInt8(spoilt.length - 6) ^ 1, spoilt.length - 6);
    await expect(inspect(spoilt)).rejects.toThrow('not a whole zstd file: incorrect data check');
  });

  it('is refused if something else follows it', async () => {
    await expect(inspect(Buffer.concat([small, Buffer.from('more')]))).rejects.toThrow(
      'not a whole zstd file: what follows is no zstd frame',
    );
  });

  it('is refused if it takes more memory than the zstd program would give it', async () => {
    const wide = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa0, 0x01, 0x00, 0x00]);
    await expect(inspect(wide)).rejects.toThrow('its window of 1073741824 bytes is larger than 134217728');
  });
});

describe('the inspector', () => {
  const text = linesOf(2_000);

  it.each([
    ['gzip', gzipSync(text), text.length],
    ['zstd', long, longText.length],
    ['none', Buffer.from(text), text.length],
  ])('knows a CSV file by its content: %s', async (packing, bytes, unpackedBytes) => {
    for (const size of [1, 1_000, bytes.length])
      expect(await inspect(bytes, 'csv', size)).toMatchObject({ packing, unpackedBytes });
  });

  it.each([
    ['a page', '\n <!DOCTYPE html>', 'not a CSV file, it begins with " <!DOCTYPE html>"'],
    ['an answer in JSON', '{"message": "Not Found"}', 'not a CSV file, it begins with "{\\"message'],
    ['something binary', Buffer.concat([Buffer.from('BZh9'), randomBytes(500)]), 'not a CSV file, it begins'],
    ['UTF-16', Buffer.from('\uFEFFa,b\n', 'utf16le'), 'not a CSV file, it begins'],
    ['Parquet', 'PAR1abc', 'a Parquet file where a CSV file is expected; --source parquet loads it'],
  ])('takes no CSV file for one that is none: %s', async (_, content, message) => {
    await expect(inspect(Buffer.from(content))).rejects.toThrow(message);
    await expect(inspect(Buffer.from(content), 'csv', 1)).rejects.toBeInstanceOf(CorruptFileError);
  });

  const parquet = (footerBytes: number, content: number) => {
    const tail = Buffer.from('\0\0\0\0PAR1');
    tail.writeUInt32LE(footerBytes);
    return Buffer.concat([Buffer.from('PAR1'), Buffer.alloc(content), tail]);
  };

  it('takes a Parquet file that has a footer', async () => {
    for (const size of [1, 3, 1_000])
      expect(await inspect(parquet(100, 500), 'parquet', size)).toMatchObject({
        bytes: 512,
        packing: 'none',
      });
  });

  it.each([
    ['lacks its end', parquet(100, 500).subarray(0, -9), 'not a whole Parquet file: it has no footer'],
    ['has a footer larger than itself', parquet(501, 500), 'its footer of 501 bytes does not fit into it'],
    ['is a CSV file', Buffer.from('a,b\n1,2\n'), 'not a Parquet file, it begins with "a,b 1,2 "'],
  ])('takes no Parquet file that %s', async (_, bytes, message) => {
    await expect(inspect(bytes, 'parquet')).rejects.toThrow(message);
  });
});
