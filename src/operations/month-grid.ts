/** Which months are in, which are on their way, and which failed: from the ledger and from Temporal. */
import type { Client } from '@temporalio/client';
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { type LoadPhase, type MonthString, SearchAttribute } from '../contract.ts';
import { listLatestLoads } from '../database/ledger.ts';
import type { Pool } from '../database/pool.ts';
import { readLedger } from './read-ledger.ts';

/** One month's state; months of which nothing is known are missing from the grid. */
export interface GridMonth {
  dataset: string;
  month: MonthString;
  status: 'loaded' | 'running' | 'failed';
  /** What a running load is doing. */
  phase: LoadPhase | null;
  rows: number | null;
  finishedAt: string | null;
}

const keyword = (name: string) => defineSearchAttributeKey(name, SearchAttributeType.KEYWORD);
const DATASET = keyword(SearchAttribute.Dataset);
const MONTH = keyword(SearchAttribute.Month);
const STATUS = keyword(SearchAttribute.LoadStatus);

/** The months of one data set, or of all, in order. */
export async function readGrid(pool: Pool, client: Client, dataset?: string): Promise<GridMonth[]> {
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
      phase: null,
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
    if (!running && settled !== undefined && settled > closed) continue;
    months.set(`${name} ${month}`, {
      dataset: name,
      month,
      status: running ? 'running' : 'failed',
      phase: (attributes.get(STATUS) as LoadPhase | undefined) ?? null,
      rows: known?.rows ?? null,
      finishedAt: known?.finishedAt ?? null,
    });
  }
  return [...months.values()].sort((a, b) =>
    `${a.dataset} ${a.month}` < `${b.dataset} ${b.month}` ? -1 : 1,
  );
}

function queryOf(dataset: string | undefined): string {
  const ofDataset =
    dataset === undefined ? '' : ` AND ${SearchAttribute.Dataset} = '${dataset.replace(/['\\]/g, '\\$&')}'`;
  return `WorkflowType = 'loadMonth' AND ExecutionStatus IN ('Running', 'Failed')${ofDataset}`;
}
