/** A DuckDB of its own in a directory of its own: both are gone afterwards, and neither fills the memory. */
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';

/** What does not fit is kept on disk. */
const MEMORY_LIMIT = '512MB';
/** Each thread wants memory of its own. */
const MAX_THREADS = 4;

/** A private directory and a connection to a database in it. */
export interface Scratch {
  directory: string;
  run(sql: string): Promise<void>;
  rows<T>(sql: string): Promise<T[]>;
  /** The first row of a query that always has one. */
  row<T>(sql: string): Promise<T>;
}

/** Runs `work` with a scratch database; an abort of the signal interrupts the statement that runs. */
export async function withScratch<T>(
  signal: AbortSignal,
  work: (scratch: Scratch) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  // Only its owner may look into it.
  const directory = await mkdtemp(join(tmpdir(), 'fareflow-verify-'));
  try {
    const instance = await DuckDBInstance.create(join(directory, 'scratch.duckdb'), {
      memory_limit: MEMORY_LIMIT,
      temp_directory: join(directory, 'spill'),
      threads: String(Math.min(MAX_THREADS, availableParallelism())),
      preserve_insertion_order: 'false',
      // Nothing is to be fetched but the source's file.
      autoinstall_known_extensions: 'false',
    });
    const connection = await instance.connect();
    const interrupt = () => connection.interrupt();
    signal.addEventListener('abort', interrupt);
    try {
      return await work(scratchOf(connection, directory, signal));
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      signal.removeEventListener('abort', interrupt);
      connection.closeSync();
      instance.closeSync();
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function scratchOf(connection: DuckDBConnection, directory: string, signal: AbortSignal): Scratch {
  const rows = async <T>(sql: string) => {
    signal.throwIfAborted();
    return (await connection.runAndReadAll(sql)).getRowObjectsJS() as T[];
  };
  return {
    directory,
    rows,
    async run(sql) {
      signal.throwIfAborted();
      await connection.run(sql);
    },
    async row<T>(sql: string) {
      return (await rows<T>(sql))[0] as T;
    },
  };
}

/** A text literal of DuckDB. */
export function text(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}
