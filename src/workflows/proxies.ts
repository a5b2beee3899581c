/** The activities as workflows see them: how long each may take, how its death is noticed, how often it is tried. */
import { ActivityCancellationType, proxyActivities, type ActivityOptions } from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';

/** A network's bad hour: about a dozen minutes of attempts. */
const PATIENT = {
  initialInterval: '1 second',
  backoffCoefficient: 2,
  maximumInterval: '2 minutes',
  maximumAttempts: 12,
} as const;
/** The database's bad minute. */
const BRISK = {
  initialInterval: '1 second',
  backoffCoefficient: 2,
  maximumInterval: '1 minute',
  maximumAttempts: 10,
} as const;

const DOWNLOAD = { startToCloseTimeout: '6 hours', heartbeatTimeout: '15 seconds', retry: PATIENT } as const;
/** PostgreSQL may stop taking rows for a while (a checkpoint on a slow disk), so silence is judged more mildly. */
const COPY = { startToCloseTimeout: '6 hours', heartbeatTimeout: '30 seconds', retry: BRISK } as const;
const SQL = { startToCloseTimeout: '2 hours', heartbeatTimeout: '15 seconds', retry: BRISK } as const;
/** For as long as it takes; each attempt is one question. */
const ASK = {
  startToCloseTimeout: '30 seconds',
  retry: { initialInterval: '2 seconds', maximumInterval: '10 seconds' },
} as const;
const CLEAN_UP = { startToCloseTimeout: '1 minute', retry: BRISK } as const;

/**
 * A worker takes a step from its own queue at once, however busy it is: one that is not taken has nobody to take
 * it. It must outlast a worker's restart.
 */
const HOST_GONE = '30 seconds';

/** The steps of one month's load, each with a summary that tells the months apart in Temporal's UI. */
export function stepsOf(label: string) {
  const named = (options: ActivityOptions, step: string) =>
    proxyActivities<Activities>({
      ...options,
      summary: `${step} ${label}`,
      // The SDK would go on at once, and clear up what a cancelled step still works on. A merge that was too far
      // gone to be cancelled has loaded the month, and the load must say so.
      cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    });
  return {
    download: named(DOWNLOAD, 'download').download,
    awaitTurn: named(ASK, 'wait for the turn of').awaitTurn,
    hashStaging: named(SQL, 'hash').hashStaging,
    mergeStaging: named(SQL, 'merge').mergeStaging,
    dropStaging: named(CLEAN_UP, 'clean up').dropStaging,
    /** The steps that want to be where the file is. */
    onHost(taskQueue: string) {
      const there = { taskQueue, scheduleToStartTimeout: HOST_GONE } as const;
      return {
        copyToStaging: named({ ...COPY, ...there }, 'copy').copyToStaging,
        dropStaging: named({ ...CLEAN_UP, ...there }, 'clean up').dropStaging,
      };
    },
  };
}

export type Steps = ReturnType<typeof stepsOf>;

/** Starts what a schedule wants loaded: short work, tried until Temporal takes it. */
export const { startScheduled } = proxyActivities<Activities>({
  startToCloseTimeout: '30 seconds',
  retry: { initialInterval: '1 second', maximumInterval: '30 seconds' },
});
/** The one step of a reset, of which nobody can tell how long it takes. */
export function removalOf(label: string) {
  return proxyActivities<Activities>({
    ...SQL,
    summary: `remove ${label}`,
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  });
}

/** Waits for a load that somebody else started: for as long as it takes. */
export const { awaitLoad } = proxyActivities<Activities>(ASK);
