import { gzipSync } from 'node:zlib';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { CorruptFileError } from '../../src/source/content-check.ts';
import { createInspector } from '../../src/source/inspector.ts';
import { packed, sha256 } from './fetching.ts';

const small = gzipSync('a,b\n1,2\n');
const EMPTY = Buffer.alloc(0);

/** Shows an inspector these pieces, one after another. */
async function inspect(pieces: readonly Buffer[]) {
  const inspector = createInspector('csv');
  try {
    for (const piece of pieces) await inspector.write(piece);
    return await inspector.finish();
  } finally {
    inspector.destroy();
  }
}

const bytesOf = (text: string | Buffer) => [...Buffer.from(text)].map((byte) => Buffer.from([byte]));

describe('a gzip file', () => {
  it('is one, in whatever pieces it comes', async () => {
    const facts = { sha256: sha256(small), bytes: small.length, unpackedBytes: 8, packing: 'gzip' };
    expect(await inspect(bytesOf(small))).toEqual(facts);
    for (let at = 0; at <= small.length; at++) {
      expect(await inspect([small.subarray(0, at), EMPTY, small.subarray(at)])).toEqual(facts);
    }
  });

  it.each(['<html>', '\x1f<html>', 'PK\x03', '\x8b\x1f'])(
    'is told from %j, even byte by byte',
    async (text) => {
      const failure = inspect(bytesOf(text));
      await expect(failure).rejects.toBeInstanceOf(CorruptFileError);
      await expect(failure).rejects.toThrow('not a CSV file, it begins with');
    },
  );
});

describe('bytes that turn out spoilt', () => {
  it('are refused also by what is written after that was found', async () => {
    const inspector = createInspector('csv');
    await inspector.write(packed.subarray(0, 10));
    await inspector.write(Buffer.from([0xff, 0xff]));
    const found = async () => {
      for (let i = 0; i < 1_000; i++) {
        await inspector.write(Buffer.alloc(100, 0xff));
        await setImmediate();
      }
    };
    await expect(found()).rejects.toThrow('not a whole gzip file: invalid block type');
    await expect(inspector.write(packed)).rejects.toBeInstanceOf(CorruptFileError);
    await expect(inspector.finish()).rejects.toBeInstanceOf(CorruptFileError);
    inspector.destroy();
  });
});
