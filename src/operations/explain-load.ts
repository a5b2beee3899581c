/** One month's load from end to end: what the ledger keeps of it, and what Temporal still knows of its runs. */
import type { Client } from '@temporalio/client';
import { loadMonthId, type MonthString } from '../contract.ts';
import { type LedgerEntry, listLoads } from '../database/ledger.ts';
import type { Pool } from '../database/pool.ts';
import { countRejected, type RejectedReason } from '../database/rejected.ts';
import { readLedger } from './read-ledger.ts';
import { readRun, type RunFacts } from './run-history.ts';

/** All that is known of a month's load. */
export interface LoadStory {
  dataset: string;
  month: MonthString;
  /** Every load of this month that was committed, newest first. */
  loads: LedgerEntry[];
  /** Why rows of the newest one were set aside. */
  rejected: RejectedReason[];
  /** The run that committed the newest load; null where Temporal has it no longer, or another namespace had it. */
  run: RunFacts | null;
  /** The newest run of the month's workflow, if that is another one. */
  latestRun: RunFacts | null;
}

/** Reads what is known of a month; undefined if nothing is. */
export async function explainLoad(
  pool: Pool,
  client: Client,
  { dataset, month }: { dataset: string; month: MonthString },
): Promise<LoadStory | undefined> {
  const loads = await readLedger(() => listLoads(pool, { dataset, month, limit: null }));
  const [load] = loads;
  const [rejected, run, latest] = await Promise.all([
    load === undefined || load.rejected === 0 ? [] : countRejected(pool, load.loadId),
    load === undefined ? undefined : readRun(client, load.workflowId, load.runId),
    readRun(client, loadMonthId({ dataset, month })),
  ]);
  if (load === undefined && latest === undefined) return undefined;
  const isOther = latest !== undefined && latest.runId !== load?.runId;
  return { dataset, month, loads, rejected, run: run ?? null, latestRun: isOther ? latest : null };
}
