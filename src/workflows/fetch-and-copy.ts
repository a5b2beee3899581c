/** From the source into a staging table: the part of a load that wants to stay on one host. */
import { ApplicationFailure, log, workflowInfo } from '@temporalio/workflow';
import type { CopyResult, DownloadResult, MonthRef } from '../activities/index.ts';
import type { LoadMonthInput } from '../contract.ts';
import { pick } from '../inputs.ts';
import { isHostLost, isSourceChanged, reasonOf } from './failures.ts';
import type { Progress } from './progress.ts';
import type { Publication } from './publication.ts';
import type { Steps } from './proxies.ts';

/** How many hosts may be lost, or files replaced under way, before a load gives up. */
const MAX_ROUNDS = 5;

/** Temporal's own of what has none, which it calls 0. */
const DEFAULT_PRIORITY = 3;

type Fetched = Extract<DownloadResult, { outcome: 'fetched' }>;

export type Arrived =
  { outcome: 'copied'; download: Fetched; copy: CopyResult } | Exclude<DownloadResult, Fetched>;

/** The month that every step of a load works on. */
export function monthRef(input: LoadMonthInput): MonthRef {
  return pick(input, ['dataset', 'month', 'definition']);
}

/** The steps that share a file on one host; if that host is gone, both are done on another. */
export async function fetchAndCopy(
  input: LoadMonthInput,
  steps: Steps,
  progress: Progress,
  publication: Publication,
): Promise<Arrived> {
  const ref = monthRef(input);
  for (let round = 1; ; round++) {
    progress.entered('downloading');
    const download = await steps.download({
      ...ref,
      source: input.source ?? 'auto',
      ...pick(input, ['url']),
      again: input.force === true || input.replace === true,
      ...(input.replace === true ? { replace: true } : {}),
      ...(publication.isAwaited ? { awaited: true } : {}),
    });
    if (download.outcome !== 'fetched') return download;
    publication.found();
    progress.downloaded(download.file);
    if (download.awaitsTurn === true) {
      progress.entered('queued');
      await steps.awaitTurn({ ...ref, priority: workflowInfo().priority?.priorityKey || DEFAULT_PRIORITY });
    }
    progress.entered('copying');
    try {
      const copy = await steps.onHost(download.file.fileQueue).copyToStaging({
        ...ref,
        file: download.file,
        ...pick(input, ['onBadRow', 'maxBadRows', 'onNewColumn']),
      });
      progress.copied(copy.rowsCopied);
      return { outcome: 'copied', download, copy };
    } catch (error) {
      if (!(isHostLost(error) || isSourceChanged(error))) throw error;
      if (round >= MAX_ROUNDS) throw isHostLost(error) ? hostsLost(input, error as Error) : error;
      log.warn('the file is not where it was; fetching it anew', { round, reason: reasonOf(error) });
    }
  }
}

function hostsLost({ dataset, month }: LoadMonthInput, cause: Error): ApplicationFailure {
  const message = `${dataset} ${month}: ${MAX_ROUNDS} workers in a row downloaded the file and were gone when it was to be copied; see in their logs why they ended`;
  return ApplicationFailure.create({ message, nonRetryable: true, cause });
}
