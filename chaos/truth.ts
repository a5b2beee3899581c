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
import {
  count,
  DUCK_TYPES,
  keyColumns,
  periodName,
  quote,
  readVersion,
  restColumns,
} from './read-version.ts';

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
      await duck.run(
        'create or replace table truth (key varchar, rest varchar, load_id bigint, period varchar)',
      );
      await duck.run('create or replace table loads (load_id bigint, month varchar)');
      // Months whose files have a row that another month's load brought.
      await duck.run('create or replace table shared (key varchar, month varchar)');
      for (const entry of own) differences.push(...(await replay(duck, dataset, entry, directory)));
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
  directory: string,
): Promise<string[]> {
  await readVersion(duck, dataset, entry, directory);
  const columns = dataset.columns.map(({ name }) => quote(name)).join(', ');
  const distinct = dataset.repeats === 'kept' ? '' : 'distinct';
  // Rows with one key that differ elsewhere are different trips, told apart by their place among them.
  await duck.run(`
    create or replace temp table file as
    select *, ${key(dataset)} || '#' || row_number() over (partition by ${key(dataset)} order by ${restColumns(dataset).map(quote).join(', ')}) as key,
      ${rest(dataset)} as rest, ${outside(dataset, entry.month)} as outside, ${periodName(dataset)} as period
    from (select ${distinct} ${columns} from raw where bad is null)`);
  const kept = await count(duck, 'select count(*) from file');
  const removed = entry.mode === 'replace' ? await removeVanished(duck, entry) : 0;
  const inserted = await count(duck, 'select count(*) from file where key not in (select key from truth)');
  const updated = await count(
    duck,
    'select count(*) from file join truth using (key) where file.rest <> truth.rest',
  );
  await mergeFile(duck, dataset, entry);
  const expected = await expectedOf(duck, dataset, { inserted, updated, kept, removed });
  return (Object.keys(expected) as (keyof typeof expected)[])
    .filter((name) => JSON.stringify(expected[name]) !== JSON.stringify(entry.facts[name]))
    .map(
      (name) =>
        `load ${entry.loadId} (${entry.dataset} ${entry.month}, ${entry.source}, ${entry.mode}): the ledger has ${name} ${JSON.stringify(entry.facts[name])}, the file makes ${JSON.stringify(expected[name])}`,
    );
}

/**
 * Removes what earlier loads of the month brought in and its file no longer has, unless another month's file has it
 * too: then it is that month's, the one in which it lies or else the first. Returns how many rows are gone.
 */
async function removeVanished(duck: DuckDBConnection, { month }: Entry): Promise<number> {
  await duck.run(`delete from shared where month = '${month}'`);
  await duck.run(`
    create or replace temp table vanished as
    select truth.key, arg_min(shared.month, (shared.month <> truth.period)::int::varchar || shared.month) as heir
    from truth join loads using (load_id) left join shared on shared.key = truth.key
    where loads.month = '${month}' and truth.key not in (select key from file) group by truth.key`);
  const gone = '(select key from vanished where heir is null)';
  const removed = await count(duck, `select count(*) from ${gone}`);
  await duck.run(`delete from truth where key in ${gone}`);
  await duck.run(`
    update truth set load_id = (select max(load_id) from loads where loads.month = vanished.heir)
    from vanished where vanished.key = truth.key`);
  await duck.run(
    'delete from shared using vanished where vanished.key = shared.key and vanished.heir = shared.month',
  );
  return removed;
}

/**
 * Brings the file's rows into the truth. One that another month's load brought is this one's if it lies in this month or
 * differs; both months have it, and the one whose it is not is noted.
 */
async function mergeFile(duck: DuckDBConnection, dataset: Dataset, { loadId, month }: Entry): Promise<void> {
  const both = 'from file join truth using (key) join loads using (load_id)';
  const staysTheirs = 'file.outside and file.rest = truth.rest';
  if (dataset.pickupColumn !== undefined) {
    await duck.run(`
      insert into shared
      select key, case when ${staysTheirs} then '${month}' else loads.month end ${both} where loads.month <> '${month}'
      except select * from shared`);
  }
  await duck.run(`
    create or replace temp table taken as
    select key, file.rest ${both}
    where file.rest <> truth.rest or (not file.outside and loads.month <> '${month}')`);
  await duck.run(
    `update truth set rest = taken.rest, load_id = ${loadId} from taken where taken.key = truth.key`,
  );
  await duck.run(
    `insert into truth select key, rest, ${loadId}, period from file where key not in (select key from truth)`,
  );
  await duck.run(`insert into loads values (${loadId}, '${month}')`);
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
