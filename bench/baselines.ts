/** What fareflow is measured against, over ordinary connections to the same database. */
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { sourceColumnDefinitions } from '../src/database/columns.ts';
import { columnList } from '../src/database/sql.ts';
import { getDataset } from '../src/datasets/index.ts';
import { headers } from '../src/mirror/csv-row.ts';

/** The columns that the files have; the table may have those of other years too. */
const names = headers.yellow.split(',').map((name) => name.toLowerCase());
const columns = columnList(names);
const whole = getDataset('yellow');
const yellow = { ...whole, columns: whole.columns.filter(({ name }) => names.includes(name)) };

/** Milliseconds of a single COPY of a CSV file into a table without any index. */
export async function bareCopy(databaseUrl: string, csv: string): Promise<number> {
  return withConnection(databaseUrl, async (client) => {
    await client.query('drop table if exists bare');
    await client.query(`create table bare (${sourceColumnDefinitions(yellow).join(', ')})`);
    const ms = await timed(() => copy(client, 'bare', csv));
    await client.query('drop table bare');
    return ms;
  });
}

/** Every step of the taught pipeline, and the whole. */
export interface TaughtPipeline {
  steps: { step: string; ms: number }[];
  totalMs: number;
}

/**
 * The pipeline that data engineering courses teach, as it is taught: COPY into a staging table, UPDATE every row with
 * the MD5 of seven columns and the file's name, MERGE into one table without an index, which holds the months so far.
 */
export async function taughtPipeline(databaseUrl: string, csv: string): Promise<TaughtPipeline> {
  const definitions = ['unique_row_id text', 'filename text', ...sourceColumnDefinitions(yellow)].join(', ');
  const hashed = yellow.naturalKey.map((name) => `coalesce(cast(${name} as text), '')`).join(' || ');
  const all = `unique_row_id, filename, ${columns}`;
  const values = ['unique_row_id', 'filename', ...names].map((name) => `s.${name}`).join(', ');
  return withConnection(databaseUrl, async (client) => {
    await client.query(`create table if not exists taught (${definitions})`);
    await client.query(`create table if not exists taught_staging (${definitions})`);
    await client.query('truncate taught_staging');
    const steps = [
      { step: 'COPY into staging', ms: await timed(() => copy(client, 'taught_staging', csv)) },
      {
        step: 'UPDATE with MD5',
        ms: await timed(() =>
          client.query(
            `update taught_staging set unique_row_id = md5(${hashed}), filename = 'yellow_tripdata_2021-01.csv'`,
          ),
        ),
      },
      {
        step: 'MERGE',
        ms: await timed(() =>
          client.query(
            `merge into taught t using taught_staging s on t.unique_row_id = s.unique_row_id
             when not matched then insert (${all}) values (${values})`,
          ),
        ),
      },
    ];
    return { steps, totalMs: steps.reduce((sum, { ms }) => sum + ms, 0) };
  });
}

async function copy(client: pg.Client, table: string, csv: string): Promise<void> {
  const sink = client.query(copyFrom(`copy ${table} (${columns}) from stdin with (format csv, header)`));
  await pipeline(createReadStream(csv, { highWaterMark: 1 << 20 }), sink);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return Math.round(performance.now() - begun);
}

async function withConnection<T>(databaseUrl: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
