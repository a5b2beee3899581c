/**
 * Loads one month: download, copy, hash, merge, and clean up whatever happens. Every step can run again from its
 * start, and the merge writes rows and ledger together, so a load that is tried again, twice or elsewhere has the
 * effect of one. It ends as loaded, as skipped (the ledger has this very file), as not_published (the source does
 * not have the month yet), failed with a typed reason, or cancelled.
 */
import {
  allHandlersFinished,
  CancellationScope,
  CancelledFailure,
  condition,
  ContinueAsNew,
  log,
} from '@temporalio/workflow';
import type { LoadMonthInput, LoadReport } from '../contract.ts';
import type { CachedFile, DropResult, MergeInput } from '../activities/index.ts';
import { parseLoadMonthInput } from '../inputs.ts';
import { checkCarried, isCancelled, isHostLost, reasonOf, validInput } from './failures.ts';
import { fetchAndCopy, monthRef } from './fetch-and-copy.ts';
import { type Steps, stepsOf } from './proxies.ts';
import { type Progress, reportProgress } from './progress.ts';
import { notPublishedReport, type Publication, watchPublication } from './publication.ts';

export async function loadMonth(...args: [LoadMonthInput]): Promise<LoadReport> {
  const input = validInput(args, parseLoadMonthInput);
  checkCarried(input);
  const progress = reportProgress(input);
  const publication = watchPublication(input, progress);
  const steps = stepsOf(`${input.dataset} ${input.month}`);
  const end = () =>
    CancellationScope.nonCancellable(async () => {
      const loaded = await cleanUp(input, steps, progress.file);
      await condition(allHandlersFinished);
      return loaded;
    });
  for (;;) {
    let report: LoadReport;
    try {
      report = await run(input, steps, progress, publication);
      report = { ...report, durationMs: elapsedMs(publication) };
      progress.ended(report);
    } catch (error) {
      // What a run may have left, and its wait goes on in the next one, the janitor clears away.
      if (error instanceof ContinueAsNew) throw error;
      const cancelled = isCancelled(error);
      progress.failed(cancelled ? 'cancelled' : 'failed', reasonOf(error));
      const loaded = await end();
      if (loaded === null) {
        progress.gaveUp(cancelled ? 'cancelled' : 'failed');
        throw cancelled ? new CancelledFailure(reasonOf(error)) : error;
      }
      // The merge was committed and only its answer was lost.
      report = { ...loaded, durationMs: elapsedMs(publication) };
      progress.ended(report);
      return report;
    }
    await end();
    // Somebody may have wanted it to wait when it was all but over.
    if (report.status !== 'not_published' || !publication.goesOn) return report;
  }
}

async function run(
  input: LoadMonthInput,
  steps: Steps,
  progress: Progress,
  publication: Publication,
): Promise<LoadReport> {
  const arrived = await publication.until(() => fetchAndCopy(input, steps, progress, publication));
  if (arrived.outcome === 'unchanged') {
    return { ...arrived.report, phases: { download: arrived.durationMs, copy: 0, hash: 0, merge: 0 } };
  }
  if (arrived.outcome === 'not_published') return notPublishedReport(input, arrived);
  const { download, copy } = arrived;
  const ref = monthRef(input);
  progress.entered('hashing');
  const hashed = await steps.hashStaging({ ...ref, loadId: copy.loadId });
  progress.entered('merging');
  return steps.mergeStaging({
    ...ref,
    loadId: copy.loadId,
    file: download.file,
    rowsCopied: copy.rowsCopied,
    rejected: copy.rejected,
    ignoredColumns: copy.ignoredColumns,
    hashed,
    mode: modeOf(input),
    labels: input.labels ?? {},
    startedAt: publication.begunAt.toISOString(),
    phases: { download: download.durationMs, copy: copy.durationMs, hash: hashed.durationMs },
  });
}

/**
 * Returns what the ledger has of this run when all is cleared up. A clean-up that fails changes nothing: what it
 * cannot reach now, the janitor finds later.
 */
async function cleanUp(
  { dataset, month }: LoadMonthInput,
  steps: Steps,
  file: CachedFile | undefined,
): Promise<LoadReport | null> {
  const drop = { dataset, month, sha256: file?.sha256 ?? null };
  try {
    if (file === undefined) return loadedOf(await steps.dropStaging(drop));
    try {
      return loadedOf(await steps.onHost(file.fileQueue).dropStaging(drop));
    } catch (error) {
      if (!isHostLost(error)) throw error;
      return loadedOf(await steps.dropStaging(drop));
    }
  } catch (error) {
    log.warn('clean-up failed; the janitor will do it', { reason: reasonOf(error) });
    return null;
  }
}

/** Histories hold clean-ups that found out nothing. */
function loadedOf(result: DropResult | undefined): LoadReport | null {
  return result?.loaded ?? null;
}

function modeOf(input: LoadMonthInput): MergeInput['mode'] {
  if (input.replace === true) return 'replace';
  return input.force === true ? 'force' : 'load';
}

function elapsedMs({ begunAt }: Publication): number {
  return Date.now() - begunAt.getTime();
}
