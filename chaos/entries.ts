/** The ledger, as it stands in the database. */
import type { CheckResult, RowCounts, SourceFormat } from '../src/contract.ts';
import { query } from './lane.ts';

/** What a load says of its file and of what became of it. */
export interface Facts extends RowCounts {
  outsideMonths: string[];
  checks: CheckResult[];
  /** Those of its bad rows that are kept with it. */
  rejectedRows: { line: number; column: string }[];
}

/** A row of the ledger. */
export interface Entry {
  loadId: number;
  dataset: string;
  month: string;
  mode: string;
  source: SourceFormat;
  sha256: string;
  bytes: number;
  runId: string;
  workflowId: string;
  facts: Facts;
}

/** The ledger in the order of its commits. */
export async function readLedger(databaseUrl: string): Promise<Entry[]> {
  const rows = await query<Omit<Entry, 'facts'> & Facts>(
    databaseUrl,
    `select load_id::int as "loadId", dataset, month, mode, source, sha256, bytes::int, run_id as "runId",
       workflow_id as "workflowId", rows_in_file::int as "rowsInFile", inserted::int, updated::int, unchanged::int,
       duplicates::int, rejected::int, removed::int, outside_month::int as "outsideMonth",
       array(select unnest(outside_months) order by 1) as "outsideMonths", checks,
       array(select json_build_object('line', line, 'column', column_name) from fareflow.rejected_rows r
         where r.load_id = l.load_id order by line) as "rejectedRows"
     from fareflow.loads l order by entry`,
  );
  return rows.map((row) => ({ ...row, facts: { ...row, checks: row.checks.map(inOrder) } }));
}

/** PostgreSQL keeps the properties of a JSON object in an order of its own. */
function inOrder({ name, share, atMost, outcome }: CheckResult): CheckResult {
  return { name, share, atMost, outcome };
}
