/** What must be true when a run is over, besides the rows; each finding is a sentence. */
import { readdir, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { type LoadReport, loadMonthId } from '../src/contract.ts';
import { type Execution, persist } from './driver.ts';
import type { Entry } from './entries.ts';
import type { Fault } from './faults.ts';
import { pathOfVersion, type PlannedFile } from './files.ts';
import { query } from './lane.ts';
import { isCorrupting } from './replies.ts';

/** What is left in the database that must not be. */
export async function findLeftovers(databaseUrl: string): Promise<string[]> {
  const staging = await query<{ name: string }>(
    databaseUrl,
    `select relname as name from pg_class where relnamespace = 'fareflow_staging'::regnamespace and relkind = 'r'`,
  );
  return staging.map(({ name }) => `fareflow_staging.${name} is left`);
}

/** Sessions that are not idle, and locks, although no load runs; they get a moment to go. */
export async function findSessions(databaseUrl: string): Promise<string[]> {
  const look = async () => {
    const sessions = await query<{ name: string }>(
      databaseUrl,
      `select application_name || ' (' || state || '): ' || left(query, 80) as name from pg_stat_activity
       where datname = current_database() and application_name like 'fareflow%' and state <> 'idle'`,
    );
    const locks = await query<{ name: string }>(
      databaseUrl,
      `select locktype || ' ' || mode as name from pg_locks
       where pid <> pg_backend_pid() and database = (select oid from pg_database where datname = current_database())
         and pid not in (select pid from pg_stat_activity where backend_type like 'autovacuum%')`,
    );
    const prepared = await query<{ name: string }>(databaseUrl, 'select gid as name from pg_prepared_xacts');
    return [
      ...sessions.map(({ name }) => `a session is left: ${name}`),
      ...locks.map(({ name }) => `a lock is held: ${name}`),
      ...prepared.map(({ name }) => `a transaction is left prepared: ${name}`),
    ];
  };
  return untilNone(look);
}

/** Half-written files in caches. */
export async function findPartials(cacheDirectories: readonly string[]): Promise<string[]> {
  return untilNone(async () => {
    const found: string[] = [];
    for (const directory of new Set(cacheDirectories)) {
      for (const name of await readdir(directory).catch(() => [])) {
        if (name.endsWith('.part')) found.push(`${name} is left in a cache`);
      }
    }
    return found;
  });
}

/** A client that is gone is looked for every two seconds, and a lost attempt learns of it with its next heartbeat. */
const PATIENCE_MS = 8_000;

async function untilNone(look: () => Promise<string[]>): Promise<string[]> {
  const end = Date.now() + PATIENCE_MS;
  let found = await look();
  for (; found.length > 0 && Date.now() < end; found = await look()) await sleep(200);
  return found;
}

/** Whether what the ledger calls a file is one that was published, with its length. */
export async function compareFiles(entries: readonly Entry[], directory: string): Promise<string[]> {
  const findings: string[] = [];
  for (const { loadId, sha256, bytes } of entries) {
    const published = await stat(pathOfVersion(directory, sha256)).catch(() => undefined);
    if (published === undefined) findings.push(`load ${loadId} is of a file that never was: ${sha256}`);
    else if (published.size !== bytes)
      findings.push(`load ${loadId} has ${bytes} bytes, its file ${published.size}`);
  }
  return findings;
}

/** What a run's failures may be due to. */
export interface Reasons {
  faults: readonly Fault[];
  files: readonly PlannedFile[];
}

/** Whether every workflow ended as the ledger says, and for a reason that the plan knows. */
export async function compareWorkflows(
  client: Client,
  executions: readonly Execution[],
  entries: readonly Entry[],
  reasons: Reasons,
): Promise<string[]> {
  const findings: string[] = [];
  const byRun = new Map(entries.map((entry) => [entry.runId, entry]));
  for (const entry of entries) {
    if (executions.some(({ runId }) => runId === entry.runId)) continue;
    findings.push(`load ${entry.loadId} is of a run that Temporal does not know`);
  }
  for (const execution of executions) {
    const { workflowId, runId, type, status } = execution;
    const name = `${workflowId} (${runId})`;
    const end = await endOf(client, execution);
    if (end.error !== undefined && !isExplained(end.error, execution, entries, reasons)) {
      findings.push(`${name} ended as ${status}, which nothing explains: ${end.error}`);
    }
    if (type !== 'loadMonth') continue;
    const entry = byRun.get(runId);
    const report = end.report as LoadReport | undefined;
    if (report?.status === 'loaded') {
      if (entry === undefined)
        findings.push(`${name} says that it loaded, and the ledger does not know of it`);
      else if (!sameCounts(report, entry)) findings.push(`${name} reports other counts than the ledger`);
    } else if (entry !== undefined && status !== 'TERMINATED') {
      findings.push(
        `${name} ended as ${report?.status ?? status}, but the ledger has it as load ${entry.loadId}`,
      );
    }
    if (report?.status === 'skipped' && !entries.some(({ loadId }) => loadId === report.loadId)) {
      findings.push(`${name} was skipped for load ${report.loadId ?? '?'}, which is not in the ledger`);
    }
    if (report?.status === 'not_published')
      findings.push(`${name} was not published, although it always was`);
  }
  return findings;
}

interface End {
  report?: unknown;
  error?: string;
}

async function endOf(client: Client, { workflowId, runId }: Execution): Promise<End> {
  try {
    return {
      report: await persist(() =>
        client.workflow.getHandle(workflowId, runId, { followRuns: false }).result(),
      ),
    };
  } catch (error) {
    return { error: wordsOf(error) };
  }
}

/** An error and everything below it, in one line. */
export function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const type = 'type' in error && typeof error.type === 'string' ? `${error.type}: ` : '';
  return error.cause === undefined
    ? type + error.message
    : `${type}${error.message} < ${wordsOf(error.cause)}`;
}

/** A load may end early only if somebody asked for it, or because of its own file. */
function isExplained(
  error: string,
  { workflowId, status }: Execution,
  entries: readonly Entry[],
  { faults, files }: Reasons,
): boolean {
  const kinds = new Set(faults.map(({ deed }) => deed.kind));
  if (status === 'CANCELED' || status === 'CANCELLED')
    return kinds.has('cancel-month') || kinds.has('cancel-range');
  if (status === 'TERMINATED') return kinds.has('terminate-month');
  const file = files.find((one) => loadMonthId(one) === workflowId);
  if (file === undefined) return false;
  const { replies, flaw, dataset, month } = file;
  if (error.includes('SourceCorrupt')) return replies.filter(isCorrupting).length > 1;
  if (error.includes('BadRow')) return flaw?.kind === 'bad-rows';
  if (error.includes('CheckFailed')) {
    // A file of few rows may have too many bad ones.
    return flaw?.kind === 'other-month' || (flaw !== undefined && error.includes('rows without a pickup'));
  }
  const loaded = entries.filter((entry) => entry.dataset === dataset && entry.month === month);
  return error.includes('SourceConflict') && file.formats.length > 1 && loaded.length > 0;
}

function sameCounts(report: LoadReport, { facts }: Entry): boolean {
  const names = [
    ...(['rowsInFile', 'inserted', 'updated', 'unchanged', 'duplicates'] as const),
    ...(['rejected', 'removed', 'outsideMonth'] as const),
  ];
  return names.every((name) => report[name] === facts[name]);
}
