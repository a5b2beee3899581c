/** The file is no whole Parquet file, or holds what its own footer does not allow. */
export class CorruptParquetError extends Error {
  override name = 'CorruptParquetError';
}

/**
 * Errors of DuckDB that say nothing of the file: it was interrupted, short of memory, or the file is away. A path with
 * nothing there it takes for a directory, into which it may not look.
 */
const NOT_THE_FILE =
  /^(INTERRUPT Error|Out of Memory Error|IO Error: (No files found|Cannot open file)|Permission Error: Cannot access)/;

/** What DuckDB threw while it read a file, told apart by its message, which is all that it gives. */
export function asParquetError(error: unknown): unknown {
  if (!(error instanceof Error) || NOT_THE_FILE.test(error.message)) return error;
  const [line = ''] = error.message.split('\n');
  return new CorruptParquetError(`not a whole Parquet file: ${line}`, { cause: error });
}
