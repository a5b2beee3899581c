/** Compares `file_row` with `table_row` as multisets, NULL being equal to NULL. */
import type { Dataset } from '../datasets/index.ts';
import { scratchColumn, scratchColumns } from './columns.ts';
import { identityOf, keyColumns } from './identity.ts';
import type { Scratch } from './scratch.ts';

/** Rows that one side has more often than the other. */
export interface Difference {
  where: 'file' | 'table';
  /** How many more. */
  rows: number;
  row: Record<string, string | null>;
}

/** What a comparison found. */
export interface Comparison {
  /** Rows equal to another row of the file in every column, of which one stays; none where all are kept. */
  duplicates: number;
  /** The table's rows that came with this month's file. */
  rowsInTable: number;
  onlyInFile: number;
  onlyInTable: number;
  /** Identities that one side alone has. */
  identities: { onlyInFile: number; onlyInTable: number };
  /** The first rows that differ, of the file and of the table. */
  differences: Difference[];
}

const MAX_SHOWN = 5;

/** Compares what the two tables hold; leaves the tables `difference` and `file_id` behind. */
export async function compare(scratch: Scratch, dataset: Dataset): Promise<Comparison> {
  const columns = scratchColumns(dataset).join(', ');
  const isDropped = dataset.repeats !== 'kept';
  // Of equal rows one stays: as many as a month's file should bring in.
  const wanted = isDropped ? 'least(f, 1)' : 'f';
  await scratch.run(
    `create table difference as
     select *, greatest(${wanted} - o - x, 0) as missing, greatest(o - ${wanted}, 0) as surplus from (
       select ${columns}, sum(f) as f, sum(o) as o, sum(x) as x from (
         select ${columns}, 1 as f, 0 as o, 0 as x from file_row where not is_bad
         union all
         select ${columns}, 0, own::INTEGER, (not own)::INTEGER from table_row
       ) group by ${columns}
     ) where missing > 0 or surplus > 0${isDropped ? ' or f > 1' : ''}`,
  );
  const sums = await scratch.row<Record<string, bigint>>(
    `select coalesce(sum(missing), 0)::BIGINT as missing, coalesce(sum(surplus), 0)::BIGINT as surplus,
       coalesce(sum(f - 1) filter (f > 1), 0)::BIGINT as duplicates,
       (select count(*) from table_row where own) as own
     from difference`,
  );
  return {
    duplicates: isDropped ? Number(sums['duplicates']) : 0,
    rowsInTable: Number(sums['own']),
    onlyInFile: Number(sums['missing']),
    onlyInTable: Number(sums['surplus']),
    identities: await compareIdentities(scratch, dataset, isDropped),
    differences: [
      ...(await firstRows(scratch, dataset, 'file', 'missing')),
      ...(await firstRows(scratch, dataset, 'table', 'surplus')),
    ],
  };
}

/**
 * Rows that share a key are numbered, in whatever order: their identities are the same set. So it is enough to know how
 * many there are of each key.
 */
async function compareIdentities(
  scratch: Scratch,
  dataset: Dataset,
  isDropped: boolean,
): Promise<Comparison['identities']> {
  const key = keyColumns(dataset).join(', ');
  const dropped = `union all select ${key}, 1 - f from difference where f > 1`;
  await scratch.run(
    `create table file_id as
     select ${identityOf(dataset, 'occurrence')} as id from (
       select ${key}, unnest(range(sum(n)::BIGINT)) as occurrence from (
         select ${key}, 1 as n from file_row where not is_bad ${isDropped ? dropped : ''}
       ) group by ${key}
     )`,
  );
  const found = await scratch.row<Record<string, bigint>>(
    `select (select count(*) from file_id anti join table_row using (id)) as missing,
       (select count(*) from (select id from table_row where own) anti join file_id using (id)) as surplus`,
  );
  return { onlyInFile: Number(found['missing']), onlyInTable: Number(found['surplus']) };
}

async function firstRows(
  scratch: Scratch,
  dataset: Dataset,
  where: Difference['where'],
  column: 'missing' | 'surplus',
): Promise<Difference[]> {
  const shown = scratchColumns(dataset).map((name) => `${name}::VARCHAR as ${name}`);
  // The names alone are those of the shown texts, which sort in another way.
  const { pickupColumn } = dataset;
  const first = pickupColumn === undefined ? [] : [scratchColumn(dataset, pickupColumn)];
  const order = [...first, ...scratchColumns(dataset)];
  const rows = await scratch.rows<Record<string, string | null> & { rows: number }>(
    `select ${column}::INTEGER as rows, ${shown.join(', ')} from difference
     where ${column} > 0 order by ${order.map((name) => `difference.${name}`).join(', ')} limit ${MAX_SHOWN}`,
  );
  return rows.map((row) => ({
    where,
    rows: row.rows,
    row: Object.fromEntries(dataset.columns.map(({ name }, i) => [name, row[`c${i}`] ?? null])),
  }));
}
