/** Reads a version of a file into DuckDB, in ways that are not fareflow's: each value as text, and then cast. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { ColumnType, Dataset } from '../src/datasets/index.ts';
import type { Entry } from './entries.ts';
import { pathOfVersion } from './files.ts';

export const DUCK_TYPES: Readonly<Record<ColumnType, string>> = {
  integer: 'INTEGER',
  bigint: 'BIGINT',
  'double precision': 'DOUBLE',
  text: 'VARCHAR',
  timestamp: 'TIMESTAMP',
};

/**
 * Makes the table `raw` of the version that an entry is of: every row with its line (of a CSV file) or its number, the
 * data set's columns, and in `bad` the column that the row does not fit into, if there is one.
 */
export async function readVersion(
  duck: DuckDBConnection,
  dataset: Dataset,
  entry: Entry,
  directory: string,
): Promise<void> {
  const path = pathOfVersion(directory, entry.sha256);
  const header =
    entry.source === 'csv'
      ? await readCsv(duck, path, join(directory, 'lines.csv'))
      : await readParquet(duck, path);
  const names = columnsOf(dataset, entry, header);
  const fields = names.flatMap((name, i) => {
    const column = dataset.columns.find((one) => one.name === name);
    return column === undefined ? [] : [{ ...column, ...valueOf(`f${i}`, column.type) }];
  });
  const columns = dataset.columns.map(({ name, type }) => {
    const value = fields.find((field) => field.name === name)?.value;
    return `${value ?? `cast(null as ${DUCK_TYPES[type]})`} as ${quote(name)}`;
  });
  const misfits = fields.map(({ name, value, text }) => {
    const isMissing = `nullif(${text}, '') is null`;
    const isBad =
      name === dataset.pickupColumn ? `${value} is null` : `not ${isMissing} and ${value} is null`;
    return `when ${isBad} then '${name}'`;
  });
  await duck.run(
    `create or replace temp table raw as
     select line, ${columns.join(', ')}, case ${misfits.join(' ')} end as bad from fields`,
  );
}

/** The columns that a header's names fill, by the layout that has all of them. */
function columnsOf(
  dataset: Dataset,
  { source, sha256 }: Entry,
  header: readonly string[],
): (string | undefined)[] {
  const layout = dataset.layouts.find(
    ({ format, columns, ignored = [] }) =>
      format === source &&
      Object.keys(columns).every((name) => header.includes(name)) &&
      header.every((name) => Object.hasOwn(columns, name) || ignored.includes(name)),
  );
  if (layout === undefined) throw new Error(`the header of ${sha256} is of no layout: ${header.join(', ')}`);
  return header.map((name) => layout.columns[name]);
}

/** Makes the table `fields` of a CSV file's text; returns the header's names. */
async function readCsv(duck: DuckDBConnection, path: string, linesPath: string): Promise<string[]> {
  const [head = '', ...lines] = gunzipSync(await readFile(path))
    .toString('latin1')
    .split(/\r?\n/);
  const header = head.split(',').map((name) => name.trim().replaceAll('"', ''));
  const numbered = lines.flatMap((line, i) => (line === '' ? [] : [`${i + 2},${line}`]));
  const fields = (numbered[0] ?? '').split(',').length;
  await writeFile(linesPath, numbered.map((line) => `${line}\n`).join(''), 'latin1');
  // Some files have fields without a name behind the others.
  const names = [...header.keys(), ...Array.from({ length: fields }, (_, i) => header.length + i)].map(
    (i) => `f${i}`,
  );
  const columns = ["'line': 'BIGINT'", ...names.map((name) => `'${name}': 'VARCHAR'`)];
  await duck.run(
    `create or replace temp table fields as select * from read_csv('${linesPath}', header = false, auto_detect = false,
       delim = ',', quote = '"', escape = '"', allow_quoted_nulls = false, null_padding = true, strict_mode = false,
       columns = {${columns.join(', ')}})`,
  );
  await rm(linesPath);
  return header;
}

/** Makes the table `fields` of a Parquet file's values as text; returns the columns' names. */
async function readParquet(duck: DuckDBConnection, path: string): Promise<string[]> {
  const described = await duck.runAndReadAll(`describe select * from read_parquet('${path}')`);
  const columns = described.getRowObjects().map(({ column_name, column_type }) => ({
    name: String(column_name),
    isWhole: String(column_type) === 'DOUBLE',
  }));
  const fields = columns.map(({ name, isWhole }, i) => {
    const text = `cast(${quote(name)} as varchar)`;
    // As people write whole numbers.
    return `${isWhole ? `regexp_replace(${text}, '\\.0$', '')` : text} as f${i}`;
  });
  await duck.run(
    `create or replace temp table fields as
     select file_row_number + 1 as line, ${fields.join(', ')} from read_parquet('${path}', file_row_number = true)`,
  );
  return columns.map(({ name }) => name);
}

/** A field's value in its column's type; NULL if it has none, or one that does not fit. */
function valueOf(text: string, type: ColumnType): { text: string; value: string } {
  if (type === 'text') return { text, value: text };
  const filled = `nullif(${text}, '')`;
  if (type !== 'integer' && type !== 'bigint')
    return { text, value: `try_cast(${filled} as ${DUCK_TYPES[type]})` };
  const whole = `regexp_replace(${filled}, '\\.0+$', '')`;
  return {
    text,
    value: `case when regexp_full_match(${whole}, '[+-]?\\d+') then try_cast(${whole} as ${DUCK_TYPES[type]}) end`,
  };
}

/** The name of the period in which a row lies, as SQL. */
export function periodName({ period, pickupColumn }: Dataset): string {
  if (pickupColumn === undefined) return "'all'";
  return `strftime(${quote(pickupColumn)}, '${period === 'week' ? '%G-W%V' : '%Y-%m'}')`;
}

/** The columns that tell one trip from another. */
export function keyColumns({ naturalKey, formerKey = [] }: Dataset): string[] {
  return [...naturalKey, ...formerKey];
}

/** All others; where there are none, all of them. */
export function restColumns(dataset: Dataset): string[] {
  const all = dataset.columns.map(({ name }) => name);
  const others = all.filter((name) => !dataset.naturalKey.includes(name));
  return others.length > 0 ? others : all;
}

export const quote = (name: string) => `"${name}"`;

export async function count(duck: DuckDBConnection, sql: string): Promise<number> {
  const reader = await duck.runAndReadAll(sql);
  return Number(reader.getRows()[0]?.[0]);
}
