import { activityInfo } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { FailureType } from '../contract.ts';
import { findLatestLoad, skippedReport } from '../database/ledger.ts';
import { datasetOf } from '../datasets/index.ts';
import { addMonths, monthOf } from '../datasets/month.ts';
import { monthOfPeriod } from '../datasets/period.ts';
import { removeWhole } from '../source/cache.ts';
import { fetchFile, type ResumePoint } from '../source/fetch-file.ts';
import { locateFile } from '../source/locate.ts';
import { HttpStatusError } from '../source/request.ts';
import { type Deps, sourceSettings } from './deps.ts';
import { assertSameSource } from './source-conflict.ts';
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
      const { filename, format: source } = location;
      const sourceUrl = location.url.href;
      const latest = await findLatestLoad(deps.pool, input.dataset, input.month);
      assertSameSource(latest, { source, sourceUrl }, input.replace === true);
      const known = input.again ? undefined : latest;
      const { cache } = deps;
      const result = await fetchFile(location, {
        cache,
        runId: step.run.runId,
        signal: step.signal,
        unless: known?.sourceUrl === sourceUrl ? known : undefined,
        pace: deps.pace,
        resume: resumePoint(activityInfo().heartbeatDetails),
        isFollowed: (error) => step.isFollowed(error),
        onProgress: ({ resume, ...progress }) => step.beat({ step: 'download', ...progress, resume }),
      }).catch((error: unknown) => {
        // The TLC's CDN has no other word for a file that is not there; one that was there once is withheld.
        const isRefused = error instanceof HttpStatusError && error.status === 403;
        if (!isRefused || latest !== undefined || !isToCome(input)) throw error;
        return { kind: 'missing', status: 403 } as const;
      });
      const durationMs = Date.now() - begun;
      if (result.kind === 'missing') {
        const answer = answerOf(sourceUrl, result.status);
        if (!mayYetCome(result, input)) throw gone(sourceUrl, answer);
        return { outcome: 'not_published', source, sourceUrl, filename, answer, durationMs };
      }
      if (known !== undefined && (result.kind === 'unchanged' || result.sha256 === known.sha256)) {
        if (result.kind === 'whole') await removeWhole(cache, result.sha256);
        return { outcome: 'unchanged', report: skippedReport(known), durationMs };
      }
      if (result.kind === 'unchanged')
        throw new Error(`${sourceUrl} answered 304 to a request without a condition`);
      const { kind: _, ...facts } = result;
      const file = { fileQueue: deps.fileQueue, source, sourceUrl, filename, ...facts };
      return {
        outcome: 'fetched',
        file,
        durationMs,
        ...(deps.maxLoads === undefined ? {} : { awaitsTurn: true }),
      };
    });
  };
}

/** Where the attempt before this one stopped; it may have been another version's. */
function resumePoint(details: unknown): ResumePoint | undefined {
  const resume = (details as { resume?: Partial<ResumePoint> | null } | null | undefined)?.resume;
  if (typeof resume?.path !== 'string' || typeof resume.etag !== 'string') return undefined;
  return { path: resume.path, etag: resume.etag };
}

/** Whether somebody waits for a period's file, or it is young enough for the file to be still to come. */
function isToCome(input: DownloadInput): boolean {
  if (input.awaited === true) return true;
  const begins = monthOfPeriod(datasetOf(input), input.month);
  return begins !== undefined && begins >= addMonths(monthOf(new Date()), -PUBLICATION_LAG_MONTHS);
}

/** A file that is gone for good (410) was published. */
function mayYetCome({ status }: { status: number }, input: DownloadInput): boolean {
  return status !== 410 && isToCome(input);
}

function answerOf(sourceUrl: string, status: number): string {
  return sourceUrl.startsWith('file:') ? 'not found' : `HTTP ${status}`;
}

function gone(sourceUrl: string, answer: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(
    `there is no file at ${sourceUrl} (${answer}); check the month, or load it from elsewhere with --source or --url`,
    FailureType.SourceGone,
  );
}
