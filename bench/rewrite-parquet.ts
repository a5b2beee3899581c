/** Parquet files laid out as Arrow's writers lay them out, from files of any layout. */
import { createWriteStream, openAsBlob } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { Compression, ParquetFile, transformParquetStream, WriterPropertiesBuilder } from 'parquet-wasm';

/** Arrow's limit for a page, and for a dictionary, behind which values are written plain. */
const PAGE_BYTES = 1 << 20;
const BATCH_ROWS = 65_536;
/** More than any month has, so that there is one row group. */
const GROUP_ROWS = 100_000_000;

/**
 * Writes the rows of one file into another: a single row group, packed with zstd, with pages of at most 1 MB. This
 * writer, in Rust, also ends them after some 20,000 rows; the TLC's, in C++, does not.
 */
export async function rewriteAsArrow(from: string, to: string): Promise<void> {
  const file = await ParquetFile.fromFile(await openAsBlob(from));
  const batches = await file.stream({ batchSize: BATCH_ROWS });
  const properties = new WriterPropertiesBuilder()
    .setCompression(Compression.ZSTD)
    .setMaxRowGroupSize(GROUP_ROWS)
    .setDataPageSizeLimit(PAGE_BYTES)
    .setDictionaryPageSizeLimit(PAGE_BYTES)
    .build();
  const written = await transformParquetStream(batches, properties);
  await pipeline(Readable.fromWeb(written as ReadableStream), createWriteStream(to));
}
