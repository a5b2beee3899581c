import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import { textOf } from './generate-trips.ts';
import { parquetCodec, parquetTypes } from './parquet-types.ts';
import type { TripFilePlan } from './trip-file-options.ts';

/**
 * Writes a planned Parquet file with the types of its month. It goes through a CSV file beside it, so that the memory
 * is that of one row group, whatever the file's size.
 */
export async function writeParquet(plan: TripFilePlan, path: string, signal?: AbortSignal): Promise<void> {
  const text = `${path}.csv`;
  try {
    await pipeline(Readable.from(textOf(plan), { objectMode: false }), createWriteStream(text), { signal });
    await convert(plan, text, path, signal);
  } finally {
    await rm(text, { force: true });
  }
}

async function convert(plan: TripFilePlan, text: string, path: string, signal?: AbortSignal): Promise<void> {
  // More threads would write the row groups in an order of their own.
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  try {
    const connection = await instance.connect();
    const interrupt = () => connection.interrupt();
    signal?.throwIfAborted();
    signal?.addEventListener('abort', interrupt, { once: true });
    try {
      const columns = parquetTypes(plan).map(([name, type]) => `${quote(name)}: ${quote(type)}`);
      const rows = `read_csv(${quote(text)}, auto_detect = false, header = true, delim = ',', quote = '"', new_line = '\\r\\n', columns = {${columns.join(', ')}})`;
      await connection.run(
        `copy (from ${rows}) to ${quote(path)} (format parquet, codec ${parquetCodec(plan)}, row_group_size ${plan.rowGroupRows})`,
      );
    } finally {
      signal?.removeEventListener('abort', interrupt);
      connection.closeSync();
    }
  } finally {
    instance.closeSync();
  }
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
