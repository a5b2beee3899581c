import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { ApplicationFailure } from '@temporalio/common';
import { FailureType } from '../contract.ts';
import { quoteEndMarkers } from '../csv/end-markers.ts';
import { headerNames, openCsv } from '../csv/records.ts';
import { watchBlocks } from '../csv/watch-blocks.ts';
import { copyBlocks } from '../database/copy.ts';
import { nextLoadId } from '../database/ledger.ts';
import { withTransaction } from '../database/pool.ts';
import { stagingTable, type TableName } from '../database/sql.ts';
import { copyStatement, createStaging, dropStagingTable, emptyStaging } from '../database/staging.ts';
import { type Dataset, getDataset } from '../datasets/index.ts';
import { matchHeader } from '../datasets/layout.ts';
import { hasWhole, wholePath } from '../source/cache.ts';
import { fetchFile } from '../source/fetch-file.ts';
import { locateFile } from '../source/locate.ts';
import { badRow } from './bad-row.ts';
import { type Deps, sourceSettings } from './deps.ts';
import { isDataError } from './failures.ts';
import { runStep, type Step } from './step.ts';
import type { CachedFile, CopyInput, CopyResult } from './steps.ts';

/**
 * Copies the file, as it is, into a staging table of this attempt's own; PostgreSQL computes each row's identity on
 * the way. An attempt that fails takes its table with it.
 */
export function createCopyToStaging(deps: Deps): (input: CopyInput) => Promise<CopyResult> {
  return async function copyToStaging(input) {
    return runStep(input, async (step) => {
      const begun = Date.now();
      const dataset = getDataset(input.dataset);
      await ensureLocal(deps, step, dataset, input);
      const use = { name: `copy ${input.dataset} ${input.month}`, signal: step.signal };
      // Waiting for a slot is life too, although nothing moves.
      const waiting = setInterval(() => step.beat({ step: 'copy', bytes: 0 }), 5_000);
      return deps.copySlots
        .use(step.signal, async () => {
          clearInterval(waiting);
          const { loadId, staging } = await withTransaction(deps.pool, use, async (client) => {
            const loadId = await nextLoadId(client);
            const staging = stagingTable(dataset, input.month, loadId);
            const createdAt = new Date().toISOString();
            await createStaging(client, dataset, staging, { loadId, createdAt, run: step.run });
            return { loadId, staging };
          });
          try {
            const rowsCopied = await fill(deps, step, dataset, staging, input);
            return { loadId, rowsCopied, durationMs: Date.now() - begun };
          } catch (error) {
            // Where PostgreSQL itself is away, the janitor does it.
            await dropStagingTable(deps.pool, staging).catch(() => undefined);
            throw error;
          }
        })
        .finally(() => clearInterval(waiting));
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
    locateFile(dataset, month, { source: 'csv', url: file.sourceUrl }, await sourceSettings(deps)),
    {
      cache: deps.cache,
      runId: step.run.runId,
      signal: step.signal,
      onProgress: ({ bytes, totalBytes }) => step.beat({ step: 'download', bytes, totalBytes }),
    },
  );
  if (result.kind === 'whole' && result.sha256 === file.sha256) return;
  throw ApplicationFailure.nonRetryable(
    `${file.sourceUrl} is no longer the file that was downloaded`,
    FailureType.SourceChanged,
  );
}

/**
 * Fills the staging table over several connections. They cannot say at which line of the file a row did not parse,
 * so the file is then read again over one connection, which meets the first bad row and can.
 */
async function fill(
  deps: Deps,
  step: Step,
  dataset: Dataset,
  staging: TableName,
  input: CopyInput,
): Promise<number> {
  try {
    return await copyFile(deps, step, dataset, staging, input, deps.copyConnections);
  } catch (error) {
    if (!isDataError(error)) throw error;
  }
  await emptyStaging(deps.pool, staging);
  try {
    return await copyFile(deps, step, dataset, staging, input, 1);
  } catch (error) {
    throw isDataError(error) ? badRow(error, input.file) : error;
  }
}

async function copyFile(
  deps: Deps,
  step: Step,
  dataset: Dataset,
  staging: TableName,
  { month, file }: CopyInput,
  connections: number,
): Promise<number> {
  const packed = createReadStream(wholePath(deps.cache, file.sha256), { highWaterMark: 1 << 20 });
  const unpacked = createGunzip({ chunkSize: 1 << 20 });
  packed.on('error', (error) => unpacked.destroy(error));
  packed.pipe(unpacked);
  try {
    const { header, blocks } = await openCsv(unpacked);
    const columns = columnsOf(dataset, headerNames(header), file);
    const use = { name: `copy ${dataset.name} ${month}`, signal: step.signal };
    const watched = watchBlocks(quoteEndMarkers(blocks), (bytes, rows) =>
      step.beat({ step: 'copy', bytes, totalBytes: file.unpackedBytes, rows }),
    );
    return await copyBlocks(deps.pool, use, copyStatement(staging, columns), watched, connections);
  } finally {
    packed.destroy();
    unpacked.destroy();
  }
}

/** The target columns in the file's order; a header that fits no layout is a terminal failure. */
function columnsOf(dataset: Dataset, header: string[], file: CachedFile): string[] {
  const match = matchHeader(dataset, header);
  if (match.fits) return match.columns;
  const missing = match.missing.length === 0 ? '' : ` lacks ${match.missing.join(', ')}`;
  const unexpected =
    match.unexpected.length === 0 ? '' : ` has the unexpected ${match.unexpected.join(', ')}`;
  throw ApplicationFailure.nonRetryable(
    `the header of ${file.filename}${[missing, unexpected].filter(Boolean).join(' and')}, compared with the layout "${match.layout.name}" of ${dataset.name}; a new layout is declared in the data set's file`,
    FailureType.SchemaMismatch,
  );
}
