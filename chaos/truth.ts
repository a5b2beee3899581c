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
import type { Dataset } from '../src/datasets/index.ts';
import { periodBounds } from '../src/datasets/period.ts';
import { type ChaosDataset, chaosDataset } from './datasets.ts';
import type { Entry } from './entries.ts';
import { expectedOf } from './expected.ts';
import { query } from './lane.ts';
import { count, DUCK_TYPES, keyColumns, quote, readVersion, restColumns } from './read-version.ts';

/** Compares tables and ledger of a database with the files in `directory`; returns every difference, in words. */
export async function compareWithTruth(
  databaseUrl: string,
  names: readonly ChaosDataset[],
  entries: readonly Entry[],
  directory: string,
): Promise<string[]> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const duck = await instance.connect();
  try {
    const differences: string[] = [];
    for (const name of new Set(names)) {
      const dataset = chaosDataset(name);
      const own = entries.filter((entry) => entry.dataset === name);
      await duck.run('create or replace table truth (key varchar, rest varchar, load_id bigint)');
      for (const entry of own) differences.push(...(await replay(duck, dataset, entry, own, directory)));
      if (own.length === 0 && !(await exists(databaseUrl, dataset))) continue;
      differences.push(...(await compareTable(duck, dataset, databaseUrl, directory)));
    }
    return differences;
  } finally {
    duck.closeSync();
    instance.closeSync();
  }
}

/** Loads one committed file into the truth; returns what the ledger says otherwise. */
async function replay(
  duck: DuckDBConnection,
  dataset: Dataset,
  entry: Entry,
  all: readonly Entry[],
  directory: string,
): Promise<string[]> {
  await readVersion(duck, dataset, entry, directory);
  const columns = dataset.columns.map(({ name }) => quote(name)).join(', ');
  const distinct = dataset.repeats === 'kept' ? '' : 'distinct';
  // Rows with one key that differ elsewhere are different trips, told apart by their place among them.
  await duck.run(`
    create or replace temp table file as
    select *, ${key(dataset)} || '#' || row_number() over (partition by ${key(dataset)} order by ${restColumns(dataset).map(quote).join(', ')}) as key,
      ${rest(dataset)} as rest, ${outside(dataset, entry.month)} as outside
    from (select ${distinct} ${columns} from raw where bad is null)`);
  const kept = await count(duck, 'select count(*) from file');
  let removed = 0;
  if (entry.mode === 'replace') {
    const before = all.slice(0, all.indexOf(entry)).filter(({ month }) => month === entry.month);
    const ids = [-1, ...before.map(({ loadId }) => loadId)].join(', ');
    const vanished = `load_id in (${ids}) and key not in (select key from file)`;
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
  const expected = await expectedOf(duck, dataset, { inserted, updated, kept, removed });
  return (Object.keys(expected) as (keyof typeof expected)[])
    .filter((name) => JSON.stringify(expected[name]) !== JSON.stringify(entry.facts[name]))
    .map(
      (name) =>
        `load ${entry.loadId} (${entry.dataset} ${entry.month}, ${entry.source}, ${entry.mode}): the ledger has ${name} ${JSON.stringify(entry.facts[name])}, the file makes ${JSON.stringify(expected[name])}`,
    );
}

function outside(dataset: Dataset, month: string): string {
  if (dataset.pickupColumn === undefined) return 'false';
  const { from, to } = periodBounds(dataset, month);
  const pickup = quote(dataset.pickupColumn);
  return `(${pickup} < '${from}' or ${pickup} >= '${to}')`;
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
  const columns = [
    "'load_id': 'BIGINT'",
    ...dataset.columns.map(({ name, type }) => `'${name}': '${DUCK_TYPES[type]}'`),
  ];
  const withoutPlace = "regexp_replace(key, '#[0-9]+$', '') as key";
  await duck.run(
    `create or replace temp table found as select ${key(dataset)} as key, ${rest(dataset)} as rest, load_id
     from read_csv('${path}', header = false, auto_detect = false, delim = ',', quote = '"', escape = '"',
       allow_quoted_nulls = false, columns = {${columns.join(', ')}})`,
  );
  const truth = `select ${withoutPlace}, rest, load_id from truth`;
  const missing = await some(duck, `${truth} except all select * from found`);
  const surplus = await some(duck, `select * from found except all ${truth}`);
  return [
    ...missing.map((row) => `${dataset.table} lacks ${row}`),
    ...surplus.map((row) => `${dataset.table} should not have ${row}`),
  ];
}

/** The table of a data set of one's own is made by its first load. */
async function exists(databaseUrl: string, { table }: Dataset): Promise<boolean> {
  const rows = await query<{ name: string | null }>(databaseUrl, 'select to_regclass($1)::text as name', [
    `public.${table}`,
  ]);
  return rows[0]?.name !== null;
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

function key(dataset: Dataset): string {
  return joined(keyColumns(dataset));
}

function rest(dataset: Dataset): string {
  return joined(restColumns(dataset));
}

/** Values as one text that is theirs alone: no value of a trip holds a bar or is a tilde. */
function joined(names: readonly string[]): string {
  return names.map((name) => `coalesce(${quote(name)}::varchar, '~')`).join(` || '|' || `);
}

/** How many rows a query has, and a few of them. */
async function some(duck: DuckDBConnection, sql: string): Promise<string[]> {
  const rows = await duck.runAndReadAll(`select count(*) over (), * from (${sql}) limit 2`);
  return rows.getRows().map(([all, ...row]) => `${String(all)} rows, such as ${row.map(String).join(' ; ')}`);
}
