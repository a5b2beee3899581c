/** Stands around every step of a load: log lines with data set, month and phase, metrics, and a span of a trace. */
import type { Client } from '@temporalio/client';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import type { Logger } from 'pino';
import type { DownloadResult, MonthRef } from '../activities/index.ts';
import type { LoadReport } from '../contract.ts';
import type { Metrics } from './metrics.ts';
import { type Phase, phaseOf } from './phase.ts';
import { retryReason } from './retry-reason.ts';
import { inSpan } from './tracing.ts';

type Context = Parameters<ActivityInterceptorsFactory>[0];

/** What the observer works with. */
export interface ObserverDeps {
  metrics: Metrics;
  logger: Logger;
  client: Client;
  /** Called when a load is over, however it ended. */
  onLoadEnd: () => void;
}

/** The interceptors of a worker's activities. */
export function observeSteps({
  metrics,
  logger,
  client,
  onLoadEnd,
}: ObserverDeps): ActivityInterceptorsFactory {
  return (context) => {
    const { activityType, attempt, workflowExecution } = context.info;
    const phase = phaseOf(activityType);
    if (phase === undefined) return {};
    let about: MonthRef | undefined;
    const attributes = () =>
      about === undefined ? { phase } : { dataset: about.dataset, month: about.month, phase };
    return {
      inbound: {
        async execute(input, next) {
          about = input.args[0] as MonthRef;
          const { dataset, month } = about;
          const begun = performance.now();
          if (attempt > 1)
            void countLostAttempt(client, context, (reason) => metrics.retried(dataset, phase, reason));
          try {
            const result = await inSpan(context.info, { dataset, month, phase }, () => next(input));
            const seconds = (performance.now() - begun) / 1000;
            metrics.phaseEnded(dataset, phase, seconds);
            if (phase === 'cleanup') onLoadEnd();
            const facts = record(metrics, dataset, phase, result);
            const { workflowId, runId } = workflowExecution ?? {};
            const durationMs = Math.round(seconds * 1000);
            logger.info(
              { workflowId, runId, ...attributes(), attempt, durationMs, ...facts },
              `${phase} done`,
            );
            return result;
          } catch (error) {
            const isStopping = context.cancellationDetails?.workerShutdown === true;
            const reason = retryReason(error, { isStopping });
            if (reason !== undefined && isFollowed(context)) metrics.retried(dataset, phase, reason);
            throw error;
          }
        },
      },
      outbound: {
        getLogAttributes: (input, next) => next({ ...input, ...attributes() }),
      },
    };
  };
}

/** Counts what a step brought about, and returns what its log line says of it. */
function record(metrics: Metrics, dataset: string, phase: Phase, result: unknown): object {
  switch (phase) {
    case 'download': {
      const downloaded = result as DownloadResult;
      if (downloaded.outcome !== 'fetched') return { outcome: downloaded.outcome };
      const { bytes, source, filename } = downloaded.file;
      metrics.downloaded(dataset, source, bytes);
      return { outcome: 'fetched', filename, bytes };
    }
    case 'merge': {
      const report = result as LoadReport;
      if (report.status !== 'loaded') return { outcome: report.status };
      metrics.merged(report);
      const { loadId, rowsInFile, inserted, updated } = report;
      return { outcome: 'loaded', loadId, rowsInFile, inserted, updated };
    }
    default:
      return {};
  }
}

function isFollowed({ info: { attempt, retryPolicy } }: Context): boolean {
  const limit = retryPolicy?.maximumAttempts ?? 0;
  return limit === 0 || attempt < limit;
}

/** A worker that was lost could not count: the attempt after it asks Temporal whether that was the reason. */
async function countLostAttempt(
  client: Client,
  { info }: Context,
  count: (reason: string) => void,
): Promise<void> {
  const { workflowId, runId } = info.workflowExecution ?? { workflowId: '' };
  try {
    const { raw } = await client.workflow.getHandle(workflowId, runId).describe();
    const activity = raw.pendingActivities?.find(({ activityId }) => activityId === info.activityId);
    if (activity?.lastFailure?.timeoutFailureInfo != null) count('worker_lost');
  } catch {
    // It is but a number that is missing then.
  }
}
