/** Reads one Parquet file with a DuckDB that can do nothing else. */
import { type DuckDBConnection, type DuckDBDataChunk, DuckDBInstance, type Json } from '@duckdb/node-api';
import { asParquetError } from './parquet-error.ts';

/** A few thousand rows as DuckDB has them, column by column. */
export type Chunk = DuckDBDataChunk;

/** A Parquet file that queries can be asked about. */
export interface ParquetFile {
  /** The file in a FROM clause. */
  readonly from: string;
  /** The file's path as an SQL literal, for the functions that tell of its footer. */
  readonly path: string;
  /** The rows of a small result, with the values as JSON has them. */
  rows<T extends Record<string, Json>>(sql: string): Promise<T[]>;
  /** The rows of a result of any size, some at a time, each a list of values as JSON has them. */
  batches(sql: string): AsyncGenerator<Json[][]>;
  /** A result of any size as DuckDB has it. One at a time: the next query ends it. */
  chunks(sql: string): AsyncGenerator<Chunk>;
}

/** One row group is read by one thread, and the other core is PostgreSQL's. */
const THREADS = '1';
/**
 * A reader holds a page a column, whatever the row group's length. Arrow's pages, and so the TLC's, have 1 MB; DuckDB
 * itself writes pages of up to 100 MB, of which a file of many columns needs room for several.
 */
const MEMORY_LIMIT = '1GB';

/** Opens a Parquet file for `work`; when the signal aborts, DuckDB stops in the middle of what it does. */
export async function withParquet<T>(
  path: string,
  signal: AbortSignal,
  work: (file: ParquetFile) => Promise<T>,
): Promise<T> {
  const instance = await DuckDBInstance.create(':memory:', {
    threads: THREADS,
    memory_limit: MEMORY_LIMIT,
    // Nothing here sorts or gathers, so nothing needs to be put aside on disk.
    temp_directory: '',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  try {
    const connection = await instance.connect();
    const interrupt = () => connection.interrupt();
    const reading = { pending: Promise.resolve<unknown>(undefined) };
    signal.addEventListener('abort', interrupt, { once: true });
    try {
      await connection.run(`set allowed_paths = [${quote(path)}]`);
      await connection.run('set enable_external_access = false');
      // Or a check would be left out because the footer says that every value passes it.
      await connection.run("set disabled_optimizers = 'statistics_propagation'");
      await connection.run('set lock_configuration = true');
      return await work(createFile(connection, path, signal, reading));
    } finally {
      signal.removeEventListener('abort', interrupt);
      // A reader that was left while it waited for its next chunk is still at it.
      interrupt();
      await reading.pending.catch(() => undefined);
      connection.closeSync();
    }
  } finally {
    instance.closeSync();
  }
}

function createFile(
  connection: DuckDBConnection,
  path: string,
  signal: AbortSignal,
  reading: { pending: Promise<unknown> },
): ParquetFile {
  async function ask<T>(question: () => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    const answer = question();
    reading.pending = answer;
    try {
      return await answer;
    } catch (error) {
      signal.throwIfAborted();
      throw asParquetError(error);
    }
  }

  async function* chunks(sql: string): AsyncGenerator<Chunk> {
    const result = await ask(() => connection.stream(sql));
    for (;;) {
      const chunk = await ask(() => result.fetchChunk());
      if (chunk === null || chunk.rowCount === 0) return;
      yield chunk;
    }
  }

  return {
    path: quote(path),
    from: `read_parquet(${quote(path)})`,
    chunks,
    async rows<T extends Record<string, Json>>(sql: string) {
      return ask(async () => (await connection.run(sql)).getRowObjectsJson() as Promise<T[]>);
    },
    async *batches(sql) {
      const result = await ask(() => connection.stream(sql));
      const batches = result.yieldRowsJson();
      for (
        let next = await ask(() => batches.next());
        next.done !== true;
        next = await ask(() => batches.next())
      )
        yield next.value;
    },
  };
}

/** An SQL literal. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A name as SQL. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
