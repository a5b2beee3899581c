/** What a test database holds. */
import pg from 'pg';
import type { TestDatabase } from './database.ts';

/** A row of the green table, with where it is and what PostgreSQL knows of its versions. */
export interface GreenRow {
  pickup: string;
  fare: number;
  total: number;
  partition: string;
  load: number;
  created: string;
  updated: string;
  /** Changes with every write to the row. */
  version: string;
  id: string;
}

/** Every green row, by pickup, fare and total. */
export async function greenRows(database: TestDatabase): Promise<GreenRow[]> {
  return database.query<GreenRow>(
    `select lpep_pickup_datetime::text as pickup, fare_amount as fare, total_amount as total,
       tableoid::regclass::text as partition, load_id as load, created_at::text as created,
       updated_at::text as updated, xmin::text || ctid::text as version, encode(unique_row_id, 'hex') as id
     from green_tripdata order by lpep_pickup_datetime, fare_amount, total_amount`,
  );
}

/** The tables of the staging schema. */
export async function stagingTables(database: TestDatabase): Promise<string[]> {
  const rows = await database.query<{ name: string }>(
    `select relname as name from pg_class
     where relnamespace = 'fareflow_staging'::regnamespace and relkind = 'r' order by 1`,
  );
  return rows.map(({ name }) => name);
}

/** Removes every row, month partition and ledger entry of green trips. */
export async function emptyGreen(database: TestDatabase): Promise<void> {
  const partitions = await database.query<{ name: string }>(
    `select inhrelid::regclass::text as name from pg_inherits
     where inhparent = 'green_tripdata'::regclass and inhrelid <> 'green_tripdata_default'::regclass`,
  );
  for (const { name } of partitions) await database.query(`drop table ${name}`);
  await database.query('truncate green_tripdata_default');
  await database.query("delete from fareflow.loads where dataset = 'green'");
  await database.query("delete from fareflow.shared_rows where dataset = 'green'");
}

/** Resolves once the query's first column is true. */
export async function until(database: TestDatabase, sql: string, values: unknown[] = []): Promise<void> {
  const end = Date.now() + 60_000;
  for (;;) {
    const [row] = await database.query<Record<string, unknown>>(sql, values);
    if (row !== undefined && Object.values(row)[0] === true) return;
    if (Date.now() > end) throw new Error(`did not become true: ${sql} ${JSON.stringify(values)}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

// A connection that a step has given back to the pool keeps its name, and may be the one that asks.

/** The server processes that work for a step of that name now, such as `copy green 2021-03`. */
export async function backendsOf(database: TestDatabase, step: string): Promise<number[]> {
  const rows = await database.query<{ pid: number }>(
    `select pid from pg_stat_activity
     where datname = current_database() and application_name = 'fareflow ' || $1 and state <> 'idle'
       and pid <> pg_backend_pid()`,
    [step],
  );
  return rows.map(({ pid }) => pid);
}

/** Resolves once no server process works for a step of that name any more; the client hears of its end first. */
export async function stepIsOver(database: TestDatabase, step: string): Promise<void> {
  await until(
    database,
    `select count(*) = 0 from pg_stat_activity
     where datname = current_database() and application_name = 'fareflow ' || $1 and state <> 'idle'
       and pid <> pg_backend_pid()`,
    [step],
  );
}

/** Ends the server processes of a step, as a restart of the server would. */
export async function killBackends(database: TestDatabase, step: string): Promise<void> {
  await database.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and application_name = 'fareflow ' || $1 and state <> 'idle'
       and pid <> pg_backend_pid()`,
    [step],
  );
}

/** A session beside fareflow's own. */
export async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return client;
}
