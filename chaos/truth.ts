/**
 * What the tables must hold, and what the ledger must count, worked out by DuckDB from the files alone: those that the
 * ledger says were committed, in the order in which it says so. Nothing of fareflow's SQL is used.
 */
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import type { ColumnType, Dataset } from '../src/datasets/index.ts';
import { datasets } from '../src/datasets/index.ts';
import { monthBounds } from '../src/datasets/month.ts';

/** A row of the ledger. */
export interface Entry {
  loadId: number;
  dataset: string;
  month: string;
  mode: string;
  sha256: string;
  runId: string;
  workflowId: string;
  counts: Counts;
}

/** What a load counts. */
export interface Counts {
  rowsInFile: number;
  inserted: number;
  updated: number;
  unchanged: number;
  duplicates: number;
  rejected: number;
  removed: number;
  outsideMonth: number;
}

const TYPES: Readonly<Record<ColumnType, string>> = {
  integer: 'INTEGER',
  bigint: 'BIGINT',
  'double precision': 'DOUBLE',
  text: 'VARCHAR',
  timestamp: 'TIMESTAMP',
};

/** Compares tables and ledger of a database with the files in `directory`; returns every difference, in words. */
export async function compareWithTruth(
  databaseUrl: string,
  entries: readonly Entry[],
  directory: string,
): Promise<string[]> {
  const duck = await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect();
  try {
    const differences: string[] = [];
    for (const dataset of datasets.filter(({ pickupColumn }) => pickupColumn !== undefined)) {
      const own = entries.filter((entry) => entry.dataset === dataset.name);
      await duck.run('create or replace table truth (key varchar, rest varchar, load_id bigint)');
      for (const entry of own) differences.push(...(await replay(duck, dataset, entry, own, directory)));
      differences.push(...(await compareTable(duck, dataset, databaseUrl, directory)));
    }
    return differences;
  } finally {
    duck.closeSync();
  }
}

/** Loads one committed file into the truth; returns what the ledger counted otherwise. */
async function replay(
  duck: DuckDBConnection,
  dataset: Dataset,
  entry: Entry,
  all: readonly Entry[],
  directory: string,
): Promise<string[]> {
  const { from, to } = monthBounds(entry.month);
  const pickup = quote(dataset.pickupColumn as string);
  const path = join(directory, `${entry.sha256}.csv.gz`);
  await duck.run(`create or replace temp table raw as select * from ${readCsv(dataset, path, true)}`);
  // Rows with one key that differ elsewhere are different trips, told apart by their place among them.
  await duck.run(`
    create or replace temp table file as
    select ${key(dataset)} || '#' || row_number() over (partition by ${key(dataset)} order by ${restColumns(dataset).join(', ')}) as key,
      ${rest(dataset)} as rest, ${pickup} < '${from}' or ${pickup} >= '${to}' as outside
    from (select distinct * from raw)`);
  const rowsInFile = await count(duck, 'select count(*) from raw');
  const kept = await count(duck, 'select count(*) from file');
  let removed = 0;
  if (entry.mode === 'replace') {
    const earlier = all.filter(({ month, loadId }) => month === entry.month && loadId !== entry.loadId);
    const until = earlier.filter((one) => all.indexOf(one) < all.indexOf(entry)).map(({ loadId }) => loadId);
    const vanished = `load_id in (${[-1, ...until].join(', ')}) and key not in (select key from file)`;
    removed = await count(duck, `select count(*) from truth where ${vanished}`);
    await duck.run(`delete from truth where ${vanished}`);
  }
  const inserted = await count(duck, 'select count(*) from file where key not in (select key from truth)');
  const differing = 'from file where file.key = truth.key and file.rest <> truth.rest';
  const updated = await count(
    duck,
    'select count(*) from file join truth using (key) where file.rest <> truth.rest',
  );
  await duck.run(`update truth set rest = file.rest, load_id = ${entry.loadId} ${differing}`);
  await duck.run(
    `insert into truth select key, rest, ${entry.loadId} from file where key not in (select key from truth)`,
  );
  const expected: Counts = {
    ...{ rowsInFile, inserted, updated, unchanged: kept - inserted - updated },
    ...{ duplicates: rowsInFile - kept, rejected: 0, removed },
    outsideMonth: await count(duck, 'select count(*) from file where outside'),
  };
  return (Object.keys(expected) as (keyof Counts)[])
    .filter((name) => expected[name] !== entry.counts[name])
    .map(
      (name) =>
        `load ${entry.loadId} (${entry.dataset} ${entry.month}, ${entry.mode}): the ledger has ${name} ${entry.counts[name]}, the file makes ${expected[name]}`,
    );
}

/** Compares a table with the truth, row by row, as multisets. */
async function compareTable(
  duck: DuckDBConnection,
  dataset: Dataset,
  databaseUrl: string,
  directory: string,
): Promise<string[]> {
  const path = join(directory, `${dataset.table}.csv`);
  await exportTable(databaseUrl, dataset, path);
  const withoutPlace = "regexp_replace(key, '#[0-9]+$', '') as key";
  const found = `select ${key(dataset)} as key, ${rest(dataset)} as rest, load_id from ${readCsv(dataset, path, false)}`;
  await duck.run(`create or replace temp table found as ${found}`);
  const truth = `select ${withoutPlace}, rest, load_id from truth`;
  const missing = await some(duck, `${truth} except all select * from found`);
  const surplus = await some(duck, `select * from found except all ${truth}`);
  return [
    ...missing.map((row) => `${dataset.table} lacks ${row}`),
    ...surplus.map((row) => `${dataset.table} should not have ${row}`),
  ];
}

async function exportTable(connectionString: string, dataset: Dataset, path: string): Promise<void> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    const columns = ['load_id', ...dataset.columns.map(({ name }) => quote(name))].join(', ');
    const rows = client.query(copyTo(`copy (select ${columns} from ${quote(dataset.table)}) to stdout csv`));
    await pipeline(rows, createWriteStream(path));
  } finally {
    await client.end();
  }
}

/** A file's rows under the data set's column names, by the names in its header; or an exported table's. */
function readCsv(dataset: Dataset, path: string, isSource: boolean): string {
  if (!isSource) {
    const columns = [
      "'load_id': 'BIGINT'",
      ...dataset.columns.map(({ name, type }) => `'${name}': '${TYPES[type]}'`),
    ];
    return `read_csv('${path}', header = false, auto_detect = false, delim = ',', quote = '"', columns = {${columns.join(', ')}})`;
  }
  const columns = dataset.columns.map(
    ({ name, type }) => `cast(${quote(name)} as ${TYPES[type]}) as ${quote(name)}`,
  );
  const text = `read_csv('${path}', header = true, all_varchar = true, delim = ',', quote = '"')`;
  return `(select ${columns.join(', ')} from ${text})`;
}

function key(dataset: Dataset): string {
  return joined(dataset.naturalKey);
}

function rest(dataset: Dataset): string {
  return joined(restColumns(dataset));
}

function restColumns(dataset: Dataset): string[] {
  return dataset.columns.map(({ name }) => name).filter((name) => !dataset.naturalKey.includes(name));
}

/** Values as one text that is theirs alone: no value of a trip holds a bar or is a tilde. */
function joined(names: readonly string[]): string {
  return names.map((name) => `coalesce(${quote(name)}::varchar, '~')`).join(` || '|' || `);
}

const quote = (name: string) => `"${name}"`;

async function count(duck: DuckDBConnection, sql: string): Promise<number> {
  const reader = await duck.runAndReadAll(sql);
  return Number(reader.getRows()[0]?.[0]);
}

/** How many rows a query has, and a few of them. */
async function some(duck: DuckDBConnection, sql: string): Promise<string[]> {
  const rows = await duck.runAndReadAll(`select count(*) over (), * from (${sql}) limit 2`);
  return rows.getRows().map(([all, ...row]) => `${String(all)} rows, such as ${row.map(String).join(' ; ')}`);
}
