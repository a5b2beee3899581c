import { ApplicationFailure } from '@temporalio/common';
import { FailureType } from '../contract.ts';
import { nextLoadId } from '../database/ledger.ts';
import { ensureOwnTarget } from '../database/own-target.ts';
import { withTransaction } from '../database/pool.ts';
import { rejectedTable, stagingTable } from '../database/sql.ts';
import { createStaging, dropStagingTable } from '../database/staging.ts';
import { type Dataset, datasetOf } from '../datasets/index.ts';
import { hasWhole } from '../source/cache.ts';
import { fetchFile } from '../source/fetch-file.ts';
import { locateFile } from '../source/locate.ts';
import { type Deps, sourceSettings } from './deps.ts';
import { fillFromCsv } from './fill-from-csv.ts';
import { fillFromParquet } from './fill-from-parquet.ts';
import { runStep, type Step } from './step.ts';
import type { CopyInput, CopyResult } from './steps.ts';

/** PostgreSQL may stop taking rows for a while (a checkpoint on a slow disk), but not for so long. */
const STALLED_AFTER_MS = 30_000;

/**
 * Copies the file, as it is, into a staging table of this attempt's own; PostgreSQL computes each row's identity on
 * the way. An attempt that fails takes its table with it.
 */
export function createCopyToStaging(deps: Deps): (input: CopyInput) => Promise<CopyResult> {
  return async function copyToStaging(input) {
    return runStep(input, async (step) => {
      const begun = Date.now();
      const dataset = datasetOf(input);
      await ensureLocal(deps, step, dataset, input);
      const use = { name: `copy ${input.dataset} ${input.month}`, signal: step.signal };
      return deps.copySlots.use(step.signal, async () => {
        // Better now than when everything else is done.
        if (dataset.isOwn === true)
          await withTransaction(deps.pool, use, (client) => ensureOwnTarget(client, dataset));
        const { loadId, staging } = await withTransaction(deps.pool, use, async (client) => {
          const loadId = await nextLoadId(client);
          const staging = stagingTable(dataset, input.month, loadId);
          const createdAt = new Date().toISOString();
          await createStaging(client, dataset, staging, { loadId, createdAt, run: step.run });
          return { loadId, staging };
        });
        try {
          const fill = input.file.source === 'parquet' ? fillFromParquet : fillFromCsv;
          const filled = await step.unlessStalled(STALLED_AFTER_MS, (step) =>
            fill({ deps, step, dataset, staging, input }),
          );
          return { loadId, ...filled, durationMs: Date.now() - begun };
        } catch (error) {
          // Where PostgreSQL itself is away, the janitor does it.
          for (const table of [rejectedTable(staging), staging])
            await dropStagingTable(deps.pool, table).catch(() => undefined);
          throw error;
        }
      });
    });
  };
}

/** Fetches the file again if this host has lost it or never had it; it must still be the same file. */
async function ensureLocal(
  deps: Deps,
  step: Step,
  dataset: Dataset,
  { month, file }: CopyInput,
): Promise<void> {
  if (await hasWhole(deps.cache, file.sha256)) return;
  const result = await fetchFile(
    locateFile(dataset, month, { source: file.source, url: file.sourceUrl }, await sourceSettings(deps)),
    {
      cache: deps.cache,
      runId: step.run.runId,
      signal: step.signal,
      pace: deps.pace,
      onProgress: ({ bytes, totalBytes }) => step.beat({ step: 'download', bytes, totalBytes }),
    },
  );
  if (result.kind === 'whole' && result.sha256 === file.sha256) return;
  throw ApplicationFailure.nonRetryable(
    `${file.sourceUrl} is no longer the file that was downloaded`,
    FailureType.SourceChanged,
  );
}
