import { activityInfo } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { FailureType, type SourceFormat } from '../contract.ts';
import { findLatestLoad, skippedReport } from '../database/ledger.ts';
import { datasetOf } from '../datasets/index.ts';
import { addMonths, monthOf } from '../datasets/month.ts';
import { monthOfPeriod } from '../datasets/period.ts';
import { removeWhole } from '../source/cache.ts';
import { fetchFile, type ResumePoint } from '../source/fetch-file.ts';
import { locateFile } from '../source/locate.ts';
import { type Deps, sourceSettings } from './deps.ts';
import { runStep } from './step.ts';
import type { DownloadInput, DownloadResult } from './steps.ts';

/** The TLC publishes a month after two months as a rule; a month younger than this may yet come. */
const PUBLICATION_LAG_MONTHS = 3;

/**
 * Brings the month's file into this host's cache, whole and verified, unless the ledger says that this very file is
 * in already. An attempt goes on where the one before it stopped.
 */
export function createDownload(deps: Deps): (input: DownloadInput) => Promise<DownloadResult> {
  return async function download(input) {
    return runStep(input, async (step) => {
      const begun = Date.now();
      const location = locateFile(datasetOf(input), input.month, input, await sourceSettings(deps));
      const { filename } = location;
      const sourceUrl = location.url.href;
      const latest = await findLatestLoad(deps.pool, input.dataset, input.month);
      const known = input.again ? undefined : latest;
      const { cache } = deps;
      const result = await fetchFile(location, {
        cache,
        runId: step.run.runId,
        signal: step.signal,
        unlessEtag: known?.sourceUrl === sourceUrl ? (known.etag ?? undefined) : undefined,
        resume: resumePoint(activityInfo().heartbeatDetails),
        isFollowed: (error) => step.isFollowed(error),
        onProgress: ({ resume, ...progress }) => step.beat({ step: 'download', ...progress, resume }),
      });
      const durationMs = Date.now() - begun;
      if (result.kind === 'missing')
        return missing(input, location.format, sourceUrl, filename, result.status, durationMs);
      if (known !== undefined && (result.kind === 'unchanged' || result.sha256 === known.sha256)) {
        if (result.kind === 'whole') await removeWhole(cache, result.sha256);
        return { outcome: 'unchanged', report: skippedReport(known), durationMs };
      }
      if (result.kind === 'unchanged')
        throw new Error(`${sourceUrl} answered 304 to a request without a condition`);
      const { kind: _, ...facts } = result;
      const file = { fileQueue: deps.fileQueue, source: location.format, sourceUrl, filename, ...facts };
      return { outcome: 'fetched', file, durationMs };
    });
  };
}

/** Where the attempt before this one stopped; it may have been another version's. */
function resumePoint(details: unknown): ResumePoint | undefined {
  const resume = (details as { resume?: Partial<ResumePoint> | null } | null | undefined)?.resume;
  if (typeof resume?.path !== 'string' || typeof resume.etag !== 'string') return undefined;
  return { path: resume.path, etag: resume.etag };
}

function missing(
  input: DownloadInput,
  format: SourceFormat,
  sourceUrl: string,
  filename: string,
  status: number,
  durationMs: number,
): DownloadResult {
  const { dataset, month } = input;
  const begins = monthOfPeriod(datasetOf(input), month);
  const isRecent = begins !== undefined && begins >= addMonths(monthOf(new Date()), -PUBLICATION_LAG_MONTHS);
  if (status === 404 && isRecent) {
    return { outcome: 'not_published', source: format, sourceUrl, filename, durationMs };
  }
  throw ApplicationFailure.nonRetryable(
    `${dataset} ${month}: there is no file at ${sourceUrl} (${sourceUrl.startsWith('file:') ? 'not found' : `HTTP ${status}`}); check the month, or load it from elsewhere with --url or FAREFLOW_CSV_URL`,
    FailureType.SourceGone,
  );
}
