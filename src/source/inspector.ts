/** Looks at a file's bytes as they pass: their SHA-256, and whether they are one gzip from beginning to end. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createGunzip } from 'node:zlib';

/** How every gzip file begins (RFC 1952, section 2.3.1). */
const MAGIC = Buffer.from([0x1f, 0x8b]);

/** What a whole file turned out to be. */
export interface FileFacts {
  sha256: string;
  bytes: number;
  /** Length of its content, unpacked. */
  unpackedBytes: number;
}

/** The bytes are no whole gzip file. */
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

/**
 * Takes a file piece by piece. `write` and `finish` throw a CorruptFileError for bytes that are no whole gzip, and an
 * OversizedFileError as soon as they have unpacked to more than is allowed.
 */
export interface Inspector {
  write(chunk: Buffer): Promise<void>;
  finish(): Promise<FileFacts>;
  /** Frees what an inspector holds that is not finished. */
  destroy(): void;
}

/** An inspector for the bytes of a gzip file that may unpack to so many. */
export function createInspector(maxUnpackedBytes = Infinity): Inspector {
  const hash = createHash('sha256');
  const gunzip = createGunzip({ chunkSize: 1 << 18 });
  let start = Buffer.alloc(0);
  let bytes = 0;
  let unpackedBytes = 0;
  let failure: Error | undefined;
  gunzip.on('data', (chunk: Buffer) => {
    unpackedBytes += chunk.length;
    // What is packed in the bytes that it has already must not be unpacked to its end either.
    if (unpackedBytes > maxUnpackedBytes) gunzip.destroy(new OversizedFileError(maxUnpackedBytes));
  });
  gunzip.on('error', (error) => (failure = error));

  async function settled(event: 'drain' | 'end'): Promise<void> {
    if (failure === undefined) await once(gunzip, event).catch(() => undefined);
    if (failure instanceof OversizedFileError) throw failure;
    if (failure !== undefined) throw new CorruptFileError(`not a whole gzip file: ${failure.message}`);
  }

  return {
    async write(chunk) {
      if (start.length < MAGIC.length) {
        start = Buffer.concat([start, chunk]);
        assertGzip(start);
      }
      bytes += chunk.length;
      hash.update(chunk);
      if (!gunzip.write(chunk)) await settled('drain');
    },
    async finish() {
      if (bytes === 0) throw new CorruptFileError('it is empty');
      gunzip.end();
      await settled('end');
      return { sha256: hash.digest('hex'), bytes, unpackedBytes };
    },
    destroy: () => void gunzip.destroy(),
  };
}

/** Throws unless a gzip file may begin like this. */
function assertGzip(start: Buffer): void {
  if (start.subarray(0, MAGIC.length).equals(MAGIC.subarray(0, start.length))) return;
  const text = start.subarray(0, 40).toString('latin1').replaceAll(/\s+/g, ' ');
  throw new CorruptFileError(`not a gzip file, it begins with ${JSON.stringify(text)}`);
}
