/** Looks at a file's bytes as they pass: their SHA-256, and whether they are one file from beginning to end. */
import { createHash } from 'node:crypto';
import type { SourceFormat } from '../contract.ts';
import { checkContent, type ContentCheck, type ContentFacts, CorruptFileError } from './content-check.ts';

/** How many of a file's first bytes tell its kind. */
const START_BYTES = 4;

/** What a whole file turned out to be. */
export interface FileFacts extends ContentFacts {
  sha256: string;
  bytes: number;
}

/**
 * Takes a file piece by piece. `write` and `finish` throw a CorruptFileError for bytes that are no whole file, and an
 * OversizedFileError as soon as they have unpacked to more than is allowed.
 */
export interface Inspector {
  write(chunk: Buffer): Promise<void>;
  finish(): Promise<FileFacts>;
  /** Frees what an inspector holds that is not finished. */
  destroy(): void;
}

/**
 * An inspector for the bytes of a file of that kind, which may unpack to so many; how a CSV file is packed is for its
 * content to say.
 */
export function createInspector(format: SourceFormat, maxUnpackedBytes = Infinity): Inspector {
  const hash = createHash('sha256');
  let start: Buffer = Buffer.alloc(0);
  let bytes = 0;
  let check: ContentCheck | undefined;

  return {
    async write(chunk) {
      bytes += chunk.length;
      hash.update(chunk);
      if (check !== undefined) return check.write(chunk);
      start = Buffer.concat([start, chunk]);
      if (start.length < START_BYTES) return;
      check = checkContent(format, start, maxUnpackedBytes);
      await check.write(start);
    },
    async finish() {
      if (bytes === 0) throw new CorruptFileError('it is empty');
      if (check === undefined) {
        check = checkContent(format, start, maxUnpackedBytes);
        await check.write(start);
      }
      return { sha256: hash.digest('hex'), bytes, ...(await check.finish()) };
    },
    destroy: () => check?.destroy(),
  };
}
