/** Brings the table's rows of a month's file into the scratch database, by way of a file in its directory. */
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { to as copyTo } from 'pg-copy-streams';
import type { MonthString } from '../contract.ts';
import { outsideMonthsOf } from '../database/ledger.ts';
import type { Client } from '../database/pool.ts';
import { columnList, ident, literal, qualified, targetTable } from '../database/sql.ts';
import type { Dataset } from '../datasets/index.ts';
import { periodBounds } from '../datasets/period.ts';
import { duckdbType, scratchColumn } from './columns.ts';
import { type Scratch, text } from './scratch.ts';

/** More pickups than this are not looked for one by one; then all rows of their months are read. */
const MAX_PICKUPS = 20_000;

/**
 * Reads rows into the table `table_row`: the data set's columns, the identity, and whether the row is the month's own.
 * Own are the rows that loads of this month brought in, wherever they are, and those of the month's partition that came
 * with no load the ledger knows of. The others came with other months' files; one of them may be a row of this file too.
 */
export async function readTable(
  scratch: Scratch,
  client: Client,
  dataset: Dataset,
  month: MonthString,
  signal: AbortSignal,
): Promise<void> {
  const path = join(scratch.directory, 'table.csv');
  const outside = await outsideMonthsOf(client, dataset.name, month);
  const pickups = await outsidePickups(scratch, dataset, month);
  const selects = [
    rowsOf(dataset, month, `not ${isOfLoads(dataset, `month <> ${literal(month)}`)}`, 'true'),
    ...outside
      .filter((other) => other !== month)
      .map((other) => {
        const own = isOfLoads(dataset, `month = ${literal(month)}`);
        return rowsOf(dataset, other, own, pickups === undefined ? 'true' : `(${own} or ${pickups})`);
      }),
  ];
  await client.query("set local datestyle = 'ISO'");
  await client.query('set local extra_float_digits = 1');
  const rows = client.query(copyTo(`copy (${selects.join('\nunion all\n')}) to stdout (format csv)`));
  await pipeline(rows, createWriteStream(path), { signal });
  const columns = dataset.columns.map(({ type }, i) => `c${i}: '${duckdbType(type)}'`);
  await scratch.run(
    `create table table_row as
     select own = 1 as own, id, ${columns.map((_, i) => `c${i}`).join(', ')}
     from read_csv(${text(path)}, header = false, auto_detect = false, delim = ',', quote = '"', escape = '"',
       columns = {own: 'INTEGER', id: 'VARCHAR', ${columns.join(', ')}})`,
  );
}

/** The rows of one month's range; the bounds tell PostgreSQL which partition to look into. */
function rowsOf(dataset: Dataset, month: MonthString, own: string, wanted: string): string {
  const inMonth = isInMonth(dataset, month);
  return `select (${own})::int, encode(unique_row_id, 'hex'), ${columnList(dataset.columns.map(({ name }) => name))}
    from ${qualified(targetTable(dataset))}
    where ${inMonth} and ${wanted}`;
}

function isInMonth(dataset: Dataset, month: MonthString): string {
  if (dataset.pickupColumn === undefined) return 'true';
  const pickup = ident(dataset.pickupColumn);
  const { from, to } = periodBounds(dataset, month);
  return `${pickup} >= ${literal(from)} and ${pickup} < ${literal(to)}`;
}

function isOfLoads(dataset: Dataset, which: string): string {
  return `load_id in (select load_id from fareflow.loads where dataset = ${literal(dataset.name)} and ${which})`;
}

/** The condition for rows whose pickup is one of the file's outside the month; undefined where these are too many. */
async function outsidePickups(
  scratch: Scratch,
  dataset: Dataset,
  month: MonthString,
): Promise<string | undefined> {
  if (dataset.pickupColumn === undefined) return 'false';
  const pickup = scratchColumn(dataset, dataset.pickupColumn);
  const { from, to } = periodBounds(dataset, month);
  const rows = await scratch.rows<{ pickup: string }>(
    `select distinct ${pickup}::VARCHAR as pickup from file_row
     where not is_bad and (${pickup} < ${text(from)} or ${pickup} >= ${text(to)}) limit ${MAX_PICKUPS + 1}`,
  );
  if (rows.length > MAX_PICKUPS) return undefined;
  const list = rows.map((row) => literal(row.pickup)).join(', ');
  return `${ident(dataset.pickupColumn)} = any(array[${list}]::timestamp[])`;
}
