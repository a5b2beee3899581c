import type { LoadReport, MonthString } from '../contract.ts';
import type { Client, Pool } from './pool.ts';

/** What the ledger keeps of a load beyond its report, or of a reset, which took out what the file named had brought in. */
export interface LedgerEntry extends Omit<LoadReport, 'status'> {
  status: 'loaded' | 'reset';
  loadId: number;
  sha256: string;
  mode: 'load' | 'force' | 'replace' | 'reset';
  lastModified: string | null;
  outsideMonths: MonthString[];
  labels: Record<string, string>;
  namespace: string;
  workflowId: string;
  runId: string;
  worker: string;
  codeVersion: string;
  startedAt: string;
  finishedAt: string;
}

const iso = (column: string) => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/** The columns of an entry; the names are the report's. */
const ENTRY = `
  load_id as "loadId", dataset, month, status, mode, source, source_url as "sourceUrl", filename, etag,
  last_modified as "lastModified", sha256, bytes, rows_in_file as "rowsInFile", inserted, updated, unchanged,
  duplicates, rejected, removed, outside_month as "outsideMonth", outside_months as "outsideMonths",
  duration_ms as "durationMs",
  json_build_object('download', download_ms, 'copy', copy_ms, 'hash', hash_ms, 'merge', merge_ms) as phases,
  checks, ignored_columns as "ignoredColumns", labels, namespace, workflow_id as "workflowId", run_id as "runId", worker, code_version as "codeVersion",
  ${iso('started_at')} as "startedAt", ${iso('finished_at')} as "finishedAt"`;

/** The id of a new load. Ids that a failed attempt took are not used again. */
export async function nextLoadId(client: Client): Promise<number> {
  const { rows } = await client.query<{ id: number }>("select nextval('fareflow.load_id') as id");
  return (rows[0] as { id: number }).id;
}

/** The entry of this workflow run, if its transaction has been committed. */
export async function findLoadOfRun(db: Client | Pool, runId: string): Promise<LedgerEntry | undefined> {
  const { rows } = await db.query<LedgerEntry>(`select ${ENTRY} from fareflow.loads where run_id = $1`, [
    runId,
  ]);
  return rows[0];
}

/** The load that was committed last for a month, if any; none where the month has been reset since. */
export async function findLatestLoad(
  db: Client | Pool,
  dataset: string,
  month: MonthString,
): Promise<LedgerEntry | undefined> {
  const { rows } = await db.query<LedgerEntry>(
    `select ${ENTRY} from fareflow.loads where dataset = $1 and month = $2 order by entry desc limit 1`,
    [dataset, month],
  );
  return rows[0]?.status === 'loaded' ? rows[0] : undefined;
}

/** Loads and resets by data set and month, newest first. */
export async function listLoads(
  db: Client | Pool,
  filter: { dataset?: string | undefined; month?: MonthString | undefined; limit: number | null },
): Promise<LedgerEntry[]> {
  const { rows } = await db.query<LedgerEntry>(
    `select ${ENTRY} from fareflow.loads
     where ($1::text is null or dataset = $1) and ($2::text is null or month = $2)
     order by entry desc limit $3::bigint`,
    [filter.dataset ?? null, filter.month ?? null, filter.limit],
  );
  return rows;
}

/** The latest entry of every month that has one: a load, or a reset. */
export async function listLatestLoads(db: Client | Pool, dataset?: string): Promise<LedgerEntry[]> {
  const { rows } = await db.query<LedgerEntry>(
    `select distinct on (dataset, month) ${ENTRY} from fareflow.loads
     where $1::text is null or dataset = $1
     order by dataset, month, entry desc`,
    [dataset ?? null],
  );
  return rows;
}

/** The months other than its own into which rows of this month's files went. */
export async function outsideMonthsOf(
  client: Client,
  dataset: string,
  month: MonthString,
): Promise<MonthString[]> {
  const { rows } = await client.query<{ outside: MonthString }>(
    `select distinct unnest(outside_months) as outside from fareflow.loads where dataset = $1 and month = $2`,
    [dataset, month],
  );
  return rows.map(({ outside }) => outside);
}

/** Writes a load into the ledger; part of the merge's transaction. The answer has the server's `finishedAt`. */
export async function insertLoad(
  client: Client,
  entry: Omit<LedgerEntry, 'finishedAt'>,
): Promise<LedgerEntry> {
  const { phases, ...e } = entry;
  const { rows } = await client.query<LedgerEntry>(
    `insert into fareflow.loads (
       load_id, dataset, month, status, mode, source, source_url, filename, etag, last_modified, sha256, bytes,
       rows_in_file, inserted, updated, unchanged, duplicates, rejected, removed, outside_month, outside_months,
       download_ms, copy_ms, hash_ms, merge_ms, duration_ms, labels, namespace, workflow_id, run_id, worker,
       code_version, started_at, checks, ignored_columns, finished_at
     ) values (
       $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,
       $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, clock_timestamp()
     ) returning ${ENTRY}`,
    [
      e.loadId,
      e.dataset,
      e.month,
      e.status,
      e.mode,
      e.source,
      e.sourceUrl,
      e.filename,
      e.etag,
      e.lastModified,
      e.sha256,
      e.bytes,
      e.rowsInFile,
      e.inserted,
      e.updated,
      e.unchanged,
      e.duplicates,
      e.rejected,
      e.removed,
      e.outsideMonth,
      e.outsideMonths,
      phases.download,
      phases.copy,
      phases.hash,
      phases.merge,
      e.durationMs,
      e.labels,
      e.namespace,
      e.workflowId,
      e.runId,
      e.worker,
      e.codeVersion,
      e.startedAt,
      JSON.stringify(e.checks),
      e.ignoredColumns,
    ],
  );
  return rows[0] as LedgerEntry;
}

/** The part of an entry that a workflow returns. */
export function reportOf(entry: LedgerEntry): LoadReport {
  const { dataset, month, source, loadId, sourceUrl, filename, etag, sha256, bytes } = entry;
  const { durationMs, phases, checks, ignoredColumns } = entry;
  const { rowsInFile, inserted, updated, unchanged, duplicates, rejected, removed, outsideMonth } = entry;
  return {
    dataset,
    month,
    status: 'loaded',
    source,
    loadId,
    sourceUrl,
    filename,
    etag,
    sha256,
    bytes,
    rowsInFile,
    inserted,
    updated,
    unchanged,
    duplicates,
    rejected,
    removed,
    outsideMonth,
    durationMs,
    phases,
    checks,
    ignoredColumns,
  };
}

/** The report of a load that had nothing to do, since `entry` brought the same file in; it took no time so far. */
export function skippedReport(entry: LedgerEntry): LoadReport {
  return {
    ...reportOf(entry),
    status: 'skipped',
    inserted: 0,
    updated: 0,
    unchanged: entry.inserted + entry.updated + entry.unchanged,
    removed: 0,
    durationMs: 0,
    phases: { download: 0, copy: 0, hash: 0, merge: 0 },
  };
}
