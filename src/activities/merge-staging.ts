import type { LoadReport } from '../contract.ts';
import { attachPartition, type MergeCounts, takeOverWaitingRows } from '../database/attach.ts';
import {
  findLatestLoad,
  findLoadOfRun,
  insertLoad,
  outsideMonthsOf,
  reportOf,
  skippedReport,
} from '../database/ledger.ts';
import { lockMonths, lockPartitionSet } from '../database/locks.ts';
import { mergeIntoPartition, mergeOutsideRows, removeVanishedRows } from '../database/merge.ts';
import { type Client, withTransaction } from '../database/pool.ts';
import { keepRejected } from '../database/rejected.ts';
import { stagingTable, type TableName } from '../database/sql.ts';
import { hasMonthPartition } from '../database/target.ts';
import { type Dataset, datasetOf } from '../datasets/index.ts';
import { checkRows } from './checks.ts';
import type { Deps } from './deps.ts';
import { assertSameSource } from './source-conflict.ts';
import { runStep, type Step } from './step.ts';
import type { MergeInput } from './steps.ts';

/**
 * Makes the staged rows part of the target and writes the ledger, in one transaction under the month's lock: both
 * or neither, once. Run again, it finds its entry in the ledger and returns that.
 */
export function createMergeStaging(deps: Deps): (input: MergeInput) => Promise<LoadReport> {
  return async function mergeStaging(input) {
    return runStep(input, async (step) => {
      const begun = Date.now();
      const dataset = datasetOf(input);
      const use = { name: `merge ${input.dataset} ${input.month}`, signal: step.signal };
      const merged = withTransaction(deps.pool, use, async (client) => {
        const replaced =
          input.mode === 'replace' ? await outsideMonthsOf(client, input.dataset, input.month) : [];
        await lockMonths(client, dataset, [input.month, ...input.hashed.outsideMonths, ...replaced]);
        const done = await findLoadOfRun(client, step.run.runId);
        if (done !== undefined) return reportOf(done);
        const latest = await findLatestLoad(client, input.dataset, input.month);
        assertSameSource(latest, input.file, input.mode === 'replace');
        // Another namespace or client may have brought the same file in since the download asked.
        if (input.mode === 'load' && latest?.sha256 === input.file.sha256) {
          return skippedReport(latest);
        }
        const staging = stagingTable(dataset, input.month, input.loadId);
        const checks = await checkRows(client, dataset, staging, input);
        const counts = await mergeRows(client, dataset, staging, input);
        const entry = await writeLedger(client, deps, step, input, { ...counts, checks }, begun);
        if (input.rejected > 0) await keepRejected(client, staging, input.loadId);
        return reportOf(entry);
      });
      return step.beatWhile({ step: 'merge' }, merged);
    });
  };
}

async function mergeRows(
  client: Client,
  dataset: Dataset,
  staging: TableName,
  { month, mode, rowsCopied, hashed }: MergeInput,
): Promise<MergeCounts & { removed: number }> {
  const staged = rowsCopied - hashed.duplicates - hashed.outsideMonth;
  const isNew = !(await hasMonthPartition(client, dataset, month));
  await lockPartitionSet(client, dataset, isNew ? 'exclusive' : 'shared');
  const removed =
    mode === 'replace'
      ? await removeVanishedRows(
          client,
          dataset,
          staging,
          month,
          await outsideMonthsOf(client, dataset.name, month),
        )
      : 0;
  const outside = await mergeOutsideRows(client, dataset, staging, month, hashed);
  const inside = isNew
    ? await becomePartition(client, dataset, staging, month, staged)
    : await mergeIntoPartition(client, dataset, staging, month, staged);
  return {
    inserted: inside.inserted + outside.inserted,
    updated: inside.updated + outside.updated,
    unchanged: inside.unchanged + outside.unchanged,
    removed,
  };
}

async function becomePartition(
  client: Client,
  dataset: Dataset,
  staging: TableName,
  month: string,
  staged: number,
): Promise<MergeCounts> {
  // A long query on the default partition would hold up the attach, and that every other reader: better to yield.
  await client.query("set local lock_timeout = '5s'");
  const { updated, unchanged } = await takeOverWaitingRows(client, dataset, staging, month);
  await attachPartition(client, dataset, staging, month);
  return { inserted: staged - updated - unchanged, updated, unchanged };
}

function writeLedger(
  client: Client,
  deps: Deps,
  step: Step,
  input: MergeInput,
  found: MergeCounts & Pick<LoadReport, 'removed' | 'checks'>,
  begun: number,
): ReturnType<typeof insertLoad> {
  const { file, hashed, phases } = input;
  const { fileQueue: _queue, unpackedBytes: _unpacked, packing: _packing, ...fileFacts } = file;
  return insertLoad(client, {
    dataset: input.dataset,
    month: input.month,
    status: 'loaded',
    loadId: input.loadId,
    mode: input.mode,
    ...fileFacts,
    ...found,
    rowsInFile: input.rowsCopied + input.rejected,
    duplicates: hashed.duplicates,
    rejected: input.rejected,
    outsideMonth: hashed.outsideMonth,
    outsideMonths: hashed.outsideMonths,
    phases: { ...phases, merge: Date.now() - begun },
    durationMs: Date.now() - Date.parse(input.startedAt),
    ignoredColumns: input.ignoredColumns,
    labels: input.labels,
    ...step.run,
    worker: deps.worker,
    codeVersion: deps.codeVersion,
    startedAt: input.startedAt,
  });
}
