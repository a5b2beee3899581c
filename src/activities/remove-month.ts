import { noRows, type ResetReport } from '../contract.ts';
import {
  findLatestLoad,
  findLoadOfRun,
  insertLoad,
  type LedgerEntry,
  nextLoadId,
  outsideMonthsOf,
} from '../database/ledger.ts';
import { lockMonths, lockPartitionSet } from '../database/locks.ts';
import { type Client, withTransaction } from '../database/pool.ts';
import { removeMonthRows } from '../database/remove-month.ts';
import { type Dataset, datasetOf } from '../datasets/index.ts';
import type { Deps } from './deps.ts';
import { runStep, type Step } from './step.ts';
import type { RemoveInput } from './steps.ts';

/**
 * Takes a month out of its table and writes that into the ledger, in one transaction under the locks of a merge. Run
 * again, it finds its entry in the ledger and returns that.
 */
export function createRemoveMonth(deps: Deps): (input: RemoveInput) => Promise<ResetReport> {
  return async function removeMonth(input) {
    return runStep(input, async (step) => {
      const begun = Date.now();
      const dataset = datasetOf(input);
      const use = { name: `reset ${input.dataset} ${input.month}`, signal: step.signal };
      const removed = withTransaction(deps.pool, use, async (client) => {
        const outsideMonths = await lockLoadsOf(client, dataset, input);
        const done = await findLoadOfRun(client, step.run.runId);
        if (done !== undefined) return resetReport(done);
        const latest = await findLatestLoad(client, input.dataset, input.month);
        if (latest === undefined) return notLoaded(input, begun);
        await lockPartitionSet(client, dataset, 'exclusive');
        // A long query would hold up the removal, and that every other reader: better to yield.
        await client.query("set local lock_timeout = '5s'");
        const rows = await removeMonthRows(client, dataset, input.month, outsideMonths);
        return resetReport(
          await writeLedger(client, deps, step, { input, latest, rows, outsideMonths, begun }),
        );
      });
      return step.beatWhile({ step: 'reset' }, removed);
    });
  };
}

/** Locks the month and all others into which rows of its files went. */
async function lockLoadsOf(
  client: Client,
  dataset: Dataset,
  { dataset: name, month }: RemoveInput,
): Promise<string[]> {
  const before = await outsideMonthsOf(client, name, month);
  await lockMonths(client, dataset, [month, ...before]);
  const locked = await outsideMonthsOf(client, name, month);
  if (locked.every((other) => before.includes(other))) return locked;
  // Locks are taken in order or not at all.
  throw new Error('a load of the month was committed just now, which went into more months');
}

async function writeLedger(
  client: Client,
  deps: Deps,
  step: Step,
  found: { input: RemoveInput; latest: LedgerEntry; rows: number; outsideMonths: string[]; begun: number },
): Promise<LedgerEntry> {
  const { input, latest, rows, outsideMonths, begun } = found;
  const { source, sourceUrl, filename, etag, lastModified, sha256 } = latest;
  return insertLoad(client, {
    dataset: input.dataset,
    month: input.month,
    status: 'reset',
    mode: 'reset',
    loadId: await nextLoadId(client),
    source,
    sourceUrl,
    filename,
    etag,
    lastModified,
    sha256,
    bytes: 0,
    ...noRows(),
    removed: rows,
    outsideMonths,
    checks: [],
    ignoredColumns: [],
    phases: { download: 0, copy: 0, hash: 0, merge: 0 },
    durationMs: Date.now() - begun,
    labels: input.labels,
    ...step.run,
    worker: deps.worker,
    codeVersion: deps.codeVersion,
    startedAt: input.startedAt,
  });
}

function resetReport({ dataset, month, loadId, removed, durationMs }: LedgerEntry): ResetReport {
  return { dataset, month, status: 'reset', loadId, removed, durationMs };
}

function notLoaded({ dataset, month }: RemoveInput, begun: number): ResetReport {
  return { dataset, month, status: 'not_loaded', loadId: null, removed: 0, durationMs: Date.now() - begun };
}
