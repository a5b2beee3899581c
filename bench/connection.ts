/** Connections of the benchmark's own, and what they can be asked of the server. */
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';

/** Runs `work` with a connection that is closed afterwards. */
export async function withConnection<T>(
  databaseUrl: string,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Makes an empty database beside the one of that URL; returns its own. */
export async function createDatabase(databaseUrl: string, name: string): Promise<string> {
  await withConnection(databaseUrl, (client) => client.query(`create database ${name}`));
  const url = new URL(databaseUrl);
  url.pathname = `/${name}`;
  return url.href;
}

/** Drops a database, whoever is connected to it. */
export async function dropDatabase(databaseUrl: string, name: string): Promise<void> {
  await withConnection(databaseUrl, (client) => client.query(`drop database ${name} with (force)`));
}

/** Sends a CSV file, its header included, into a table by one COPY. */
export async function copyCsv(
  client: pg.Client,
  table: string,
  columns: string,
  csv: string,
  range: { start?: number; end?: number } = {},
): Promise<void> {
  const header = (range.start ?? 0) === 0 ? ', header' : '';
  const sink = client.query(copyFrom(`copy ${table} (${columns}) from stdin with (format csv${header})`));
  await pipeline(createReadStream(csv, { highWaterMark: 1 << 20, ...range }), sink);
}

/** Milliseconds that `work` takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return Math.round(performance.now() - begun);
}

/** How many bytes of WAL the server has written since it was made. */
export async function walBytes(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ bytes: string }>("select pg_current_wal_lsn() - '0/0' as bytes");
  return Number(rows[0]?.bytes);
}
