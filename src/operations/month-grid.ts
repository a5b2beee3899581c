/** Which months are in, which are on their way, and which failed: from the ledger and from Temporal. */
import type { Client } from '@temporalio/client';
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { type LoadPhase, type MonthString, type PublicationStatus, SearchAttribute } from '../contract.ts';
import { listLatestLoads } from '../database/ledger.ts';
import type { Pool } from '../database/pool.ts';
import { observeMonth } from './load-progress.ts';
import { readLedger } from './read-ledger.ts';

/** One month's state; months of which nothing is known are missing from the grid. */
export interface GridMonth {
  dataset: string;
  month: MonthString;
  /**
   * `skipped`: loaded, and its file was found unchanged since; `waiting`: a load waits for it to be published;
   * `failed`: the last load failed, whether or not an earlier one is in.
   */
  status: 'loaded' | 'skipped' | 'running' | 'waiting' | 'failed' | 'not_published';
  /** What a running load is doing. */
  phase: LoadPhase | null;
  /** How much of that it has done, 0 to 100, where that can be said. */
  percent: number | null;
  /** Which attempt a running load's step is at, and why the one before failed. */
  attempt: number | null;
  lastFailure: string | null;
  /** When a load that waits looked last and will look next, and what the source said. */
  publication: PublicationStatus | null;
  rows: number | null;
  finishedAt: string | null;
}

const keyword = (name: string) => defineSearchAttributeKey(name, SearchAttributeType.KEYWORD);
const DATASET = keyword(SearchAttribute.Dataset);
const MONTH = keyword(SearchAttribute.Month);
const STATUS = keyword(SearchAttribute.LoadStatus);

/** Of more running loads than this it is only said that they run. */
const MAX_OBSERVED = 32;

/** The months of one data set, or of all, in order, with how far the loads are that run. */
export async function readGrid(pool: Pool, client: Client, dataset?: string): Promise<GridMonth[]> {
  const grid = await readMonths(pool, client, dataset);
  await Promise.all(grid.filter(isOpen).slice(0, MAX_OBSERVED).map(observe.bind(undefined, client)));
  return grid;
}

/** The same without a look at what running loads do. */
export async function readMonths(pool: Pool, client: Client, dataset?: string): Promise<GridMonth[]> {
  const months = new Map<string, GridMonth>();
  const resets = new Map<string, string>();
  for (const load of await readLedger(() => listLatestLoads(pool, dataset))) {
    if (load.status === 'reset') {
      resets.set(`${load.dataset} ${load.month}`, load.finishedAt);
      continue;
    }
    months.set(`${load.dataset} ${load.month}`, {
      dataset: load.dataset,
      month: load.month,
      status: 'loaded',
      ...NOTHING_RUNS,
      rows: load.rowsInFile,
      finishedAt: load.finishedAt,
    });
  }
  // Newest first: the first execution met for a month is the one that counts.
  const seen = new Set<string>();
  for await (const execution of client.workflow.list({ query: queryOf(dataset) })) {
    const attributes = execution.typedSearchAttributes;
    const [name, month] = [attributes.get(DATASET), attributes.get(MONTH)];
    if (name === undefined || month === undefined || seen.has(`${name} ${month}`)) continue;
    seen.add(`${name} ${month}`);
    const known = months.get(`${name} ${month}`);
    const settled = known?.finishedAt ?? resets.get(`${name} ${month}`);
    const running = execution.status.name === 'RUNNING';
    const closed = execution.closeTime?.toISOString() ?? '';
    if (!running && settled != null && settled > closed) continue;
    const phase = attributes.get(STATUS);
    const status = statusOf(execution.status.name, phase);
    // What was loaded once is in, whatever the source has to say now.
    if (status === 'not_published' && known !== undefined) continue;
    months.set(`${name} ${month}`, {
      dataset: name,
      month,
      status,
      ...NOTHING_RUNS,
      phase: (phase as LoadPhase | undefined) ?? null,
      rows: known?.rows ?? null,
      finishedAt: known?.finishedAt ?? null,
    });
  }
  return [...months.values()].sort((a, b) =>
    `${a.dataset} ${a.month}` < `${b.dataset} ${b.month}` ? -1 : 1,
  );
}

const NOTHING_RUNS = { phase: null, percent: null, attempt: null, lastFailure: null, publication: null };

const isOpen = ({ status }: GridMonth) => status === 'running' || status === 'waiting';

function statusOf(execution: string, phase: string | undefined): GridMonth['status'] {
  if (execution === 'RUNNING') return phase === 'waiting' ? 'waiting' : 'running';
  if (execution === 'COMPLETED') return phase === 'skipped' ? 'skipped' : 'not_published';
  return 'failed';
}

/** Completes what is said of a running load by the heartbeats of its step, or by what it says of its wait. */
async function observe(client: Client, month: GridMonth): Promise<void> {
  const { bytes, totalBytes, attempt, lastFailure, publication } = await observeMonth(client, month);
  month.percent = bytes !== undefined && totalBytes ? Math.floor((100 * bytes) / totalBytes) : null;
  month.attempt = attempt;
  month.lastFailure = lastFailure ?? null;
  month.publication = publication ?? null;
}

function queryOf(dataset: string | undefined): string {
  const ofDataset =
    dataset === undefined ? '' : ` AND ${SearchAttribute.Dataset} = '${dataset.replace(/['\\]/g, '\\$&')}'`;
  const unsettled = "ExecutionStatus IN ('Running', 'Failed', 'TimedOut', 'Terminated')";
  const changedNothing = `ExecutionStatus = 'Completed' AND ${SearchAttribute.LoadStatus} IN ('skipped', 'not_published')`;
  return `WorkflowType = 'loadMonth' AND (${unsettled} OR (${changedNothing}))${ofDataset}`;
}
