import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { headerNames, openCsv } from '../csv/records.ts';
import { copyBlocks } from '../database/copy.ts';
import { copyStatement, emptyStaging } from '../database/staging.ts';
import type { Dataset } from '../datasets/index.ts';
import { matchHeader } from '../datasets/layout.ts';
import { wholePath } from '../source/cache.ts';
import { badRow } from './bad-row.ts';
import { isDataError } from './failures.ts';
import type { Fill, Filled } from './fill.ts';
import { schemaMismatch } from './schema-mismatch.ts';
import type { CachedFile } from './steps.ts';

/**
 * Fills the staging table over several connections. They cannot say at which line of the file a row did not parse,
 * so the file is then read again over one connection, which meets the first bad row and can.
 */
export async function fillFromCsv(fill: Fill): Promise<Filled> {
  const { deps, staging, input } = fill;
  try {
    return allOf(await copyFile(fill, deps.copyConnections));
  } catch (error) {
    if (!isDataError(error)) throw error;
  }
  await emptyStaging(deps.pool, staging);
  try {
    return allOf(await copyFile(fill, 1));
  } catch (error) {
    throw isDataError(error) ? badRow(error, input.file) : error;
  }
}

function allOf(rowsCopied: number): Filled {
  return { rowsCopied, rejected: 0, ignoredColumns: [] };
}

async function copyFile(
  { deps, step, dataset, staging, input: { month, file } }: Fill,
  connections: number,
): Promise<number> {
  const packed = createReadStream(wholePath(deps.cache, file.sha256), { highWaterMark: 1 << 20 });
  const unpacked = createGunzip({ chunkSize: 1 << 20 });
  packed.on('error', (error) => unpacked.destroy(error));
  packed.pipe(unpacked);
  try {
    const { header, blocks } = await openCsv(unpacked);
    const columns = columnsOf(dataset, headerNames(header), file);
    const use = { name: `copy ${dataset.name} ${month}`, signal: step.signal };
    const counted = countRecords(blocks, (bytes, rows) =>
      step.beat({ step: 'copy', bytes, totalBytes: file.unpackedBytes, rows }),
    );
    return await copyBlocks(deps.pool, use, copyStatement(staging, columns), counted, connections);
  } finally {
    packed.destroy();
    unpacked.destroy();
  }
}

/** The target columns in the file's order; a header that fits no layout is a terminal failure. */
function columnsOf(dataset: Dataset, header: string[], file: CachedFile): string[] {
  const match = matchHeader(dataset, 'csv', header);
  if (match.fits) return match.columns.filter((column) => column !== null);
  throw schemaMismatch(dataset, file, match);
}

/** Tells how far the blocks have come. Records are counted in the first alone: to count all would slow the copy. */
async function* countRecords(
  blocks: AsyncIterable<Buffer>,
  onBlock: (bytes: number, rows: number) => void,
): AsyncGenerator<Buffer> {
  let bytes = 0;
  let recordBytes: number | undefined;
  for await (const block of blocks) {
    yield block;
    bytes += block.length;
    recordBytes ??= block.length / Math.max(1, countLines(block));
    onBlock(bytes, Math.round(bytes / recordBytes));
  }
}

function countLines(block: Buffer): number {
  let lines = 0;
  for (let at = block.indexOf(0x0a); at >= 0; at = block.indexOf(0x0a, at + 1)) lines++;
  return lines;
}
