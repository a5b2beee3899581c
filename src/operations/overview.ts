/** What a page about all loads shows. */
import type { Client } from '@temporalio/client';
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { SearchAttribute, type MonthString } from '../contract.ts';
import { type LedgerEntry, listLatestLoads, listLoads } from '../database/ledger.ts';
import type { Pool } from '../database/pool.ts';
import { version } from '../version.ts';
import { type GridMonth, readGrid } from './month-grid.ts';
import { readLedger } from './read-ledger.ts';
import { readRun } from './run-history.ts';

const MAX_FAILURES = 10;
const MAX_RECENT = 15;

/** A load that failed and has not succeeded since. */
export interface FailedLoad {
  dataset: string;
  month: MonthString;
  workflowId: string;
  failedAt: string;
  error: string;
}

/** All loads at one moment. */
export interface Overview {
  madeAt: Date;
  version: string;
  months: GridMonth[];
  /** The newest load of each month that is in. */
  loads: LedgerEntry[];
  /** The newest loads and resets. */
  recent: LedgerEntry[];
  failures: FailedLoad[];
}

/** Reads the overview of all data sets, or of one. */
export async function readOverview(pool: Pool, client: Client, dataset?: string): Promise<Overview> {
  const [months, loads, recent] = await Promise.all([
    readGrid(pool, client, dataset),
    readLedger(() => listLatestLoads(pool, dataset)),
    readLedger(() => listLoads(pool, { dataset, limit: MAX_RECENT })),
  ]);
  return {
    madeAt: new Date(),
    version,
    months,
    loads: loads.filter(({ status }) => status === 'loaded'),
    recent,
    failures: await readFailures(client, months),
  };
}

const keyword = (name: string) => defineSearchAttributeKey(name, SearchAttributeType.KEYWORD);
const DATASET = keyword(SearchAttribute.Dataset);
const MONTH = keyword(SearchAttribute.Month);

/** The newest failures of the months that the grid has as failed. */
async function readFailures(client: Client, months: readonly GridMonth[]): Promise<FailedLoad[]> {
  const open = new Set(
    months.filter(({ status }) => status === 'failed').map(({ dataset, month }) => `${dataset} ${month}`),
  );
  const failures: FailedLoad[] = [];
  const query = "WorkflowType = 'loadMonth' AND ExecutionStatus IN ('Failed', 'TimedOut', 'Terminated')";
  for await (const { workflowId, runId, closeTime, typedSearchAttributes } of client.workflow.list({
    query,
  })) {
    if (open.size === 0 || failures.length === MAX_FAILURES) break;
    const [dataset = '', month = ''] = [typedSearchAttributes.get(DATASET), typedSearchAttributes.get(MONTH)];
    if (!open.delete(`${dataset} ${month}`)) continue;
    const run = await readRun(client, workflowId, runId);
    const error = run?.error ?? 'no reason is known';
    failures.push({ dataset, month, workflowId, failedAt: closeTime?.toISOString() ?? '', error });
  }
  return failures;
}
