/**
 * The slow way into a staging table: records are copied as text, a list at a time, and PostgreSQL says of each field
 * whether its column takes it (pg_input_is_valid, since PostgreSQL 16). Nothing is cast before that is known.
 */
import { pipeline } from 'node:stream/promises';
import { from as copyFrom } from 'pg-copy-streams';
import type { Column, Dataset } from '../datasets/index.ts';
import { liesInMonth } from '../datasets/period.ts';
import { getColumn } from './columns.ts';
import type { Client } from './pool.ts';
import { columnList, ident, literal, qualified, type TableName, textTable } from './sql.ts';
import { type StagingOwner, writeFacts } from './staging.ts';

/** The fields of a file's records: the column that each fills, null for one that fills none. */
export interface TextFields {
  named: readonly (string | null)[];
  /** How many fields without a name follow, all of them empty. */
  surplus: number;
}

/** A record that does not fit. */
export interface UnfitRow {
  line: number;
  column: string | null;
  value: string | null;
  reason: string;
}

/** Makes the table in which the records of a staging table wait as text. */
export async function createTextRows(
  client: Client,
  staging: TableName,
  { named, surplus }: TextFields,
  owner: StagingOwner,
): Promise<void> {
  const fields = Array.from({ length: named.length + surplus }, (_, i) => `${field(i)} text`);
  await client.query(
    `create unlogged table ${qualified(textTable(staging))} (line bigint not null, ${fields.join(', ')})
     with (autovacuum_enabled = false)`,
  );
  await writeFacts(client, textTable(staging), owner);
}

/** Puts records in place of those that are there; each has its line as a field of its own at the front. */
export async function replaceTextRows(client: Client, staging: TableName, csv: Buffer): Promise<void> {
  const table = qualified(textTable(staging));
  await client.query(`truncate ${table}`);
  await pipeline([csv], client.query(copyFrom(`copy ${table} from stdin with (format csv)`)));
}

/** The records that do not fit, each with the first of its fields that is at fault. */
export async function findUnfitRows(
  client: Client,
  dataset: Dataset,
  staging: TableName,
  fields: TextFields,
): Promise<UnfitRow[]> {
  const judgements = judgementsOf(dataset, fields);
  const values = judgements.map(
    ({ column, value, reason }, i) =>
      `(${i}, ${column === null ? 'null' : literal(column)}, ${value}, ${reason})`,
  );
  const { rows } = await client.query<UnfitRow>(
    `select line, "column", value, reason
     from ${qualified(textTable(staging))}
     cross join lateral (
       select * from (values ${values.join(',\n')}) as judged (position, "column", value, reason)
       where reason is not null order by position limit 1
     ) as first
     where not (${judgements.map(({ fits }) => fits).join(' and ')})
     order by line`,
  );
  return rows;
}

/** Moves the records that fit into the staging table; returns how many those are. */
export async function moveFittingRows(
  client: Client,
  dataset: Dataset,
  staging: TableName,
  { named }: TextFields,
  unfitLines: readonly number[],
): Promise<number> {
  const columns = named.flatMap((name, i) => (name === null ? [] : [{ i, ...getColumn(dataset, name) }]));
  const values = columns.map((column) =>
    column.type === 'text' ? field(column.i) : `(${valueOf(column, column.i)})::${column.type}`,
  );
  const { rowCount } = await client.query(
    `insert into ${qualified(staging)} (${columnList(columns.map(({ name }) => name))})
     select ${values.join(', ')} from ${qualified(textTable(staging))} where line <> all ($1)`,
    [unfitLines],
  );
  return rowCount ?? 0;
}

/** SQL about one field: what the file has there, whether that fits, and if not, why. */
interface Judgement {
  column: string | null;
  value: string;
  fits: string;
  reason: string;
}

function judgementsOf(dataset: Dataset, { named, surplus }: TextFields): Judgement[] {
  const ofNamed = named.flatMap((name, i) => {
    if (name === null) return [];
    const column = getColumn(dataset, name);
    if (name === dataset.pickupColumn) return [judgePickup(column, i)];
    return column.type === 'text' ? [] : [judgeValue(column, i)];
  });
  const ofSurplus = Array.from({ length: surplus }, (_, i) => judgeSurplus(named.length + i));
  return [...ofNamed, ...ofSurplus];
}

function judgeValue(column: Column, i: number): Judgement {
  const value = valueOf(column, i);
  return {
    column: column.name,
    value: field(i),
    fits: `pg_input_is_valid(${value}, '${column.type}') is not false`,
    reason: `(pg_input_error_info(${value}, '${column.type}')).message`,
  };
}

/** A row must be found again when its month is loaded. */
function judgePickup(column: Column, i: number): Judgement {
  const value = valueOf(column, i);
  const isValid = `pg_input_is_valid(${value}, '${column.type}')`;
  const inMonth = `case when ${isValid} then ${liesInMonth(`(${value})::${column.type}`)} end`;
  return {
    column: column.name,
    value: field(i),
    fits: `(${inMonth}) is true`,
    reason: `case
      when ${value} is null then 'it is empty, so that the row belongs to no month'
      when not ${isValid} then (pg_input_error_info(${value}, '${column.type}')).message
      when not (${inMonth}) then 'it lies in no month of the years 1 to 9999'
    end`,
  };
}

function judgeSurplus(i: number): Judgement {
  return {
    column: null,
    value: field(i),
    fits: `coalesce(${field(i)}, '') = ''`,
    reason: `case when ${field(i)} <> '' then 'a field without a name has a value' end`,
  };
}

/** A field as its column is to read it: a quoted nothing is nothing, and `1.0` is an integer. */
function valueOf({ type }: Column, i: number): string {
  const text = `nullif(${field(i)}, '')`;
  if (type !== 'integer' && type !== 'bigint') return text;
  return `case when position('.' in ${field(i)}) > 0
    then regexp_replace(${field(i)}, '^(\\s*[-+]?\\d+)\\.0+\\s*$', '\\1') else ${text} end`;
}

function field(i: number): string {
  return ident(`f${i}`);
}
