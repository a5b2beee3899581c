/**
 * Rows that do not fit, kept as they stood in the file. Until the merge they wait in a table beside the staging table,
 * which has the same owner, so that they become part of the record together with the rows that were loaded.
 */
import type { Client, Pool } from './pool.ts';
import { qualified, rejectedTable, type TableName } from './sql.ts';
import { type StagingOwner, writeFacts } from './staging.ts';

/** A row that does not fit. */
export interface RejectedRow {
  /** Of a CSV file the line on which the record begins, the header being line 1; of a Parquet file the row, from 1. */
  line: number;
  /** The target column that it does not fit into; null where the row as a whole is at fault. */
  column: string | null;
  reason: string;
  /** The row as it stood in the file; of a Parquet file as JSON. */
  raw: string;
}

/** Makes the table in which a staging table's rejected rows wait. */
export async function createRejected(client: Client, staging: TableName, owner: StagingOwner): Promise<void> {
  await client.query(
    `create table ${qualified(rejectedTable(staging))} (
       line bigint not null, column_name text, reason text not null, raw text not null
     )`,
  );
  await writeFacts(client, rejectedTable(staging), owner);
}

/** Sets rows aside. */
export async function insertRejected(
  client: Client,
  staging: TableName,
  rows: readonly RejectedRow[],
): Promise<void> {
  await client.query(
    `insert into ${qualified(rejectedTable(staging))} (line, column_name, reason, raw)
     select * from unnest($1::bigint[], $2::text[], $3::text[], $4::text[])`,
    [
      rows.map(({ line }) => line),
      rows.map(({ column }) => column),
      rows.map(({ reason }) => reason),
      rows.map(({ raw }) => raw),
    ],
  );
}

/** Writes the rejected rows of a load into its record; part of the merge's transaction, after the ledger. */
export async function keepRejected(client: Client, staging: TableName, loadId: number): Promise<void> {
  await client.query(
    `insert into fareflow.rejected_rows (load_id, line, column_name, reason, raw)
     select $1, line, column_name, reason, raw from ${qualified(rejectedTable(staging))}`,
    [loadId],
  );
}

/** How many rows of a load were set aside for one reason. */
export interface RejectedReason {
  column: string | null;
  reason: string;
  rows: number;
  /** The first line of the file that has it. */
  firstLine: number;
}

/** The most frequent reasons for which rows of a load were set aside. */
export async function countRejected(db: Client | Pool, loadId: number): Promise<RejectedReason[]> {
  const { rows } = await db.query<RejectedReason>(
    `select column_name as "column", reason, count(*) as rows, min(line) as "firstLine"
     from fareflow.rejected_rows where load_id = $1
     group by column_name, reason order by count(*) desc, min(line) limit 10`,
    [loadId],
  );
  return rows;
}
