import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { type ParquetFile, withParquet } from '../../src/parquet/open-parquet.ts';
import { CorruptParquetError } from '../../src/parquet/parquet-error.ts';

const { signal } = new AbortController();

/** What reading a file that is not there ends with. */
async function errorOf(ask: (file: ParquetFile) => Promise<unknown>): Promise<unknown> {
  const path = join(tmpdir(), 'fareflow-nowhere', 'missing.file');
  return withParquet(path, signal, ask).then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe('a Parquet file that is gone from the cache', () => {
  it.each([
    ['its footer', (file: ParquetFile) => file.rows(`select * from parquet_file_metadata(${file.path})`)],
    ['its rows', (file: ParquetFile) => file.rows(`select * from ${file.from}`)],
  ])('is not taken for a broken one when %s is asked for', async (_what, ask) => {
    const error = await errorOf(ask);
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toBeInstanceOf(CorruptParquetError);
  });
});
