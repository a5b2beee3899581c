/** Whether the bytes of a file are what its kind promises, from beginning to end. */
import { once } from 'node:events';
import type { SourceFormat } from '../contract.ts';
import { createUnpacker, type Packing, packingOf } from './packing.ts';

/** The bytes are no whole file of the kind that was expected. */
export class CorruptFileError extends Error {
  override name = 'CorruptFileError';
}

/** The file unpacks to more than is allowed: a mistake at its source, or a trap. */
export class OversizedFileError extends Error {
  override name = 'OversizedFileError';

  constructor(maxUnpackedBytes: number) {
    super(`the file unpacks to more than ${maxUnpackedBytes} bytes`);
  }
}

/** What is known of a file's content at its end. */
export interface ContentFacts {
  packing: Packing;
  /** Length of its content, unpacked. */
  unpackedBytes: number;
}

/**
 * Takes a file piece by piece; throws a CorruptFileError for bytes that are not what they should be, and an
 * OversizedFileError as soon as they have unpacked to more than is allowed.
 */
export interface ContentCheck {
  write(chunk: Buffer): Promise<void>;
  finish(): Promise<ContentFacts>;
  destroy(): void;
}

/** By how much of a text one sees whether it is a web page or something binary. */
const TEXT_START_BYTES = 1024;

/** How a Parquet file begins and ends; between footer and end stands the footer's length, in four bytes. */
const PARQUET_MAGIC = Buffer.from('PAR1');
const PARQUET_TAIL_BYTES = 4 + PARQUET_MAGIC.length;

/** The check of a file that begins with these bytes, which tell its kind, and may unpack to so many. */
export function checkContent(format: SourceFormat, start: Buffer, maxUnpackedBytes: number): ContentCheck {
  const isParquet = start.subarray(0, PARQUET_MAGIC.length).equals(PARQUET_MAGIC);
  if (format === 'parquet') {
    if (!isParquet) throw new CorruptFileError(`not a Parquet file, it begins with ${shown(start)}`);
    return checkParquet(maxUnpackedBytes);
  }
  if (isParquet)
    throw new CorruptFileError('a Parquet file where a CSV file is expected; --source parquet loads it');
  const packing = packingOf(start);
  if (packing !== 'none') return checkPacked(packing, maxUnpackedBytes);
  return checkPlain(maxUnpackedBytes);
}

function checkPacked(packing: Packing, maxUnpackedBytes: number): ContentCheck {
  const unpacker = createUnpacker(packing, 1 << 18);
  let unpackedBytes = 0;
  let failure: Error | undefined;
  unpacker.on('data', (chunk: Buffer) => {
    unpackedBytes += chunk.length;
    // What is packed in the bytes that it has already must not be unpacked to its end either.
    if (unpackedBytes > maxUnpackedBytes) unpacker.destroy(new OversizedFileError(maxUnpackedBytes));
  });
  unpacker.on('error', (error) => (failure = error));

  async function settled(event: 'drain' | 'end'): Promise<void> {
    if (failure === undefined) await once(unpacker, event).catch(() => undefined);
    if (failure instanceof OversizedFileError) throw failure;
    if (failure !== undefined) throw new CorruptFileError(`not a whole ${packing} file: ${failure.message}`);
  }

  return {
    async write(chunk) {
      if (!unpacker.write(chunk)) await settled('drain');
    },
    async finish() {
      unpacker.end();
      await settled('end');
      return { packing, unpackedBytes };
    },
    destroy: () => void unpacker.destroy(),
  };
}

function checkPlain(maxUnpackedBytes: number): ContentCheck {
  let start: Buffer = Buffer.alloc(0);
  let unpackedBytes = 0;
  return {
    write(chunk) {
      unpackedBytes += chunk.length;
      if (unpackedBytes > maxUnpackedBytes) return Promise.reject(new OversizedFileError(maxUnpackedBytes));
      if (start.length < TEXT_START_BYTES) {
        start = Buffer.concat([start, chunk.subarray(0, TEXT_START_BYTES)]);
        if (!looksLikeCsv(start)) return refuse(`not a CSV file, it begins with ${shown(start)}`);
      }
      return Promise.resolve();
    },
    finish: () => Promise.resolve({ packing: 'none', unpackedBytes }),
    destroy: () => undefined,
  };
}

function checkParquet(maxUnpackedBytes: number): ContentCheck {
  let bytes = 0;
  let tail: Buffer = Buffer.alloc(0);
  return {
    write(chunk) {
      bytes += chunk.length;
      // What its columns unpack to is for DuckDB, which does it piece by piece.
      if (bytes > maxUnpackedBytes) return Promise.reject(new OversizedFileError(maxUnpackedBytes));
      tail = Buffer.concat([tail, chunk.subarray(-PARQUET_TAIL_BYTES)]).subarray(-PARQUET_TAIL_BYTES);
      return Promise.resolve();
    },
    finish() {
      if (!tail.subarray(4).equals(PARQUET_MAGIC))
        return refuse('not a whole Parquet file: it has no footer at its end');
      const footerBytes = tail.readUInt32LE();
      if (footerBytes === 0 || footerBytes + PARQUET_MAGIC.length + PARQUET_TAIL_BYTES > bytes)
        return refuse(`not a whole Parquet file: its footer of ${footerBytes} bytes does not fit into it`);
      return Promise.resolve({ packing: 'none', unpackedBytes: bytes });
    },
    destroy: () => undefined,
  };
}

function refuse(why: string): Promise<never> {
  return Promise.reject(new CorruptFileError(why));
}

/** Whether a text begins like this that is no web page, no message in JSON and nothing binary. */
function looksLikeCsv(start: Buffer): boolean {
  const text = start.toString('latin1');
  return (
    !/^(?:\u00ef\u00bb\u00bf)?\s*[<{]/.test(text) &&
    !/(?![\t\r\n])\p{Cc}/u.test(text.replaceAll(/[\x80-\x9f]/g, ''))
  );
}

function shown(start: Buffer): string {
  return JSON.stringify(start.subarray(0, 40).toString('latin1').replaceAll(/\s+/g, ' '));
}
