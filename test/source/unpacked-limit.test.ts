import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { fetchFile } from '../../src/source/fetch-file.ts';
import type { SourceFormat } from '../../src/contract.ts';
import { OversizedFileError } from '../../src/source/content-check.ts';
import { createInspector } from '../../src/source/inspector.ts';
import { locateFile } from '../../src/source/locate.ts';
import { getDataset } from '../../src/datasets/index.ts';
import { file, useFaultyServer } from '../support/faulty-server.ts';
import { packed, useFetching } from './fetching.ts';

const server = useFaultyServer();
const fetching = useFetching(server);

/** A quarter of a megabyte that unpacks to a quarter of a gigabyte. */
const bomb = gzipSync(Buffer.alloc(1 << 28), { level: 9 });

async function inspect(bytes: Buffer, maxUnpackedBytes?: number, format: SourceFormat = 'csv') {
  const inspector = createInspector(format, maxUnpackedBytes);
  try {
    await inspector.write(bytes);
    return await inspector.finish();
  } finally {
    inspector.destroy();
  }
}

/** As much by Zstandard: two thousand blocks of 128 KiB, each a run of one byte. */
const zstdBomb = Buffer.concat([
  Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38]),
  ...Array.from({ length: 1 << 11 }, (_, i) => {
    const block = Buffer.alloc(4, 'a');
    block.writeUIntLE((1 << 20) | (1 << 1) | Number(i === (1 << 11) - 1), 0, 3);
    return block;
  }),
]);

/** One attempt to fetch the server's file, by a worker with this limit. */
async function fetchWithin(maxUnpackedBytes: number) {
  const settings = { csvUrl: `http://${server.host}/{month}`, allowedHosts: [], maxUnpackedBytes };
  return fetchFile(locateFile(getDataset('green'), '2021-03', { source: 'auto' }, settings), {
    cache: fetching.cache,
    runId: 'run-1',
    signal: new AbortController().signal,
    onProgress: () => undefined,
  });
}

describe('a file that unpacks to more than is allowed', () => {
  it('is told from one that unpacks to just as much', async () => {
    const small = gzipSync('a,b\n1,2\n');
    expect(await inspect(small, 8)).toMatchObject({ unpackedBytes: 8 });
    await expect(inspect(small, 7)).rejects.toThrow('the file unpacks to more than 7 bytes');
  });

  it('is told so too if it is not packed, or not as gzip', async () => {
    const plain = Buffer.from('a,b\n1,2\n');
    const parquet = Buffer.from('PAR1\0\x01\0\0\0PAR1');
    for (const [bytes, format, unpackedBytes] of [
      [plain, 'csv', 8],
      [zstdBomb, 'csv', 1 << 28],
      [parquet, 'parquet', 13],
    ] as const) {
      expect(await inspect(bytes, unpackedBytes, format)).toMatchObject({ unpackedBytes });
      await expect(inspect(bytes, unpackedBytes - 1, format)).rejects.toThrow(
        new OversizedFileError(unpackedBytes - 1),
      );
    }
  });

  it.each([
    ['gzip', bomb],
    ['zstd', zstdBomb],
  ])('is not unpacked to its end, though all of it be there: %s', async (_, bomb) => {
    const cpuMs = async (work: () => Promise<unknown>) => {
      const begun = process.cpuUsage();
      await work();
      return process.cpuUsage(begun).user / 1_000;
    };
    const whole = await cpuMs(() => inspect(bomb));
    const part = await cpuMs(() => expect(inspect(bomb, 1 << 20)).rejects.toBeInstanceOf(OversizedFileError));
    expect(part).toBeLessThan(whole / 4);
  });

  it('is fetched once, and nothing of it stays', async () => {
    server.script(file(bomb), file(bomb));
    await expect(fetchWithin(1 << 20)).rejects.toBeInstanceOf(OversizedFileError);
    expect(server.requests).toHaveLength(1);
    expect(await fetching.names()).toEqual([]);
  });
});

it('a file below the limit is fetched', async () => {
  server.script(file(packed));
  expect(await fetchWithin(1 << 24)).toMatchObject({ kind: 'whole' });
});
