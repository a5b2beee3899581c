/**
 * Waits until a month is published: looks, sleeps until the next look or until somebody says `checkNow`, and looks
 * again. A long wait goes on in a new run, so that its history stays short.
 */
import {
  ActivityFailure,
  allHandlersFinished,
  condition,
  continueAsNew,
  defineSignal,
  defineUpdate,
  log,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { DownloadResult } from '../activities/index.ts';
import {
  CHECK_NOW_UPDATE,
  type CheckNowResult,
  type LoadMonthInput,
  type LoadReport,
  noRows,
  WAIT_SIGNAL,
  type WaitOptions,
} from '../contract.ts';
import { parseDuration } from '../duration.ts';
import { parseWaitOptions } from '../inputs.ts';
import { reasonOf } from './failures.ts';
import type { Progress } from './progress.ts';

const LOOK_EVERY = '6 hours';
const WAIT_AT_MOST = '90 days';
/** Events after which a waiting load goes on in a new run: some thirty looks. */
const MANY_EVENTS = 400;
/** A source says within this time that it has no file; one that does not is sending it. */
const ANSWER_WITHIN = '15 seconds';

/** Asks a load to look now; answers what it does after that. */
export const checkNow = defineUpdate<CheckNowResult>(CHECK_NOW_UPDATE);
/** Has a load wait for its month if that is not published. */
export const waitUntilPublished = defineSignal<[WaitOptions]>(WAIT_SIGNAL);

type Missing = Extract<DownloadResult, { outcome: 'not_published' }>;
type Answer = { outcome: 'copied' | 'unchanged' } | Missing;

/** What a load knows of its month's publication. */
export interface Publication {
  /** Whether somebody wants the load to wait, be it longer than it has or not. */
  readonly isAwaited: boolean;
  /** Whether the load waits on if there is no file now. */
  readonly goesOn: boolean;
  /** When the work of the load began: with its last look, or with itself if it never waited. */
  readonly begunAt: Date;
  /** The month is there: whoever asked for a look has the answer. */
  found(): void;
  /** Looks until the month is there, or the load does not wait, or not any longer. */
  until<T extends Answer>(look: () => Promise<T>): Promise<T>;
}

/** Takes `checkNow` and `waitUntilPublished` from here on. */
export function watchPublication(
  input: LoadMonthInput & { carried?: LoadMonthInput['carried'] },
  progress: Progress,
): Publication {
  const { carried } = input;
  const begun = workflowInfo().startTime.getTime();
  const since = carried?.since ?? iso(begun);
  let everyMs = msOf(input.lookEvery ?? LOOK_EVERY);
  let giveUpAt = input.waitUntilPublished === true ? begun + msOf(input.waitAtMost ?? WAIT_AT_MOST) : 0;
  if (carried !== undefined) giveUpAt = Date.parse(carried.giveUpAt);
  let stage: 'looking' | 'waiting' | 'past' = 'looking';
  let looks = carried?.looks ?? 0;
  let lookBegunAt = begun;
  let settled = 0;
  let wake = false;
  let missing: Missing | undefined;

  /** The next look is the last one; timers need not be exact to the millisecond. */
  let isLastLook = false;

  const goesOn = () => !isLastLook && Date.now() < giveUpAt;

  setHandler(
    waitUntilPublished,
    (payload) => {
      try {
        const { lookEvery, waitAtMost = WAIT_AT_MOST } = parseWaitOptions(payload);
        giveUpAt = Math.max(giveUpAt, Date.now() + msOf(waitAtMost));
        if (lookEvery !== undefined) everyMs = msOf(lookEvery);
        isLastLook = false;
        wake = true;
      } catch (error) {
        log.warn(`ignored the signal ${WAIT_SIGNAL}`, { reason: reasonOf(error) });
      }
    },
    { description: 'If the month is not published yet, wait until it is' },
  );

  setHandler(
    checkNow,
    async () => {
      const before = settled;
      wake = true;
      if (stage !== 'past') await condition(() => settled > before, ANSWER_WITHIN);
      const { dataset, month, phase, publication } = progress.status;
      const report = missing === undefined ? null : notPublishedReport(input, missing);
      return { dataset, month, phase, publication, report };
    },
    { description: 'Look now whether the month is published' },
  );

  function settle(next: typeof stage): void {
    stage = next;
    settled++;
  }

  /** Sleeps until it is time for the next look, or somebody wants it now. */
  async function pause(lastAnswer: string): Promise<void> {
    const now = Date.now();
    const nextLookAt = Math.min(now + everyMs, giveUpAt);
    progress.waits({
      waitingSince: since,
      looks,
      lastLookAt: iso(now),
      lastAnswer,
      nextLookAt: iso(nextLookAt),
      giveUpAt: iso(giveUpAt),
    });
    wake = false;
    settle('waiting');
    // Whoever asks again and again keeps it from the quieter moment below.
    if (workflowInfo().historyLength > 2 * MANY_EVENTS) await startOver();
    const woken = await condition(() => wake, nextLookAt - now);
    stage = 'looking';
    isLastLook = !woken && nextLookAt >= giveUpAt;
    // Whoever asked for a look waits for this run's answer.
    if (!isLastLook && isLong() && allHandlersFinished()) await startOver();
  }

  /** Goes on in a new run, which begins with a look. */
  async function startOver(): Promise<never> {
    await condition(allHandlersFinished);
    return continueAsNew<(input: LoadMonthInput) => Promise<LoadReport>>({
      ...input,
      waitUntilPublished: true,
      lookEvery: `${everyMs / 1000} s`,
      carried: { since, giveUpAt: iso(giveUpAt), looks },
    });
  }

  return {
    get isAwaited() {
      return giveUpAt > 0;
    },
    get goesOn() {
      return goesOn();
    },
    get begunAt() {
      return new Date(lookBegunAt);
    },
    found() {
      missing = undefined;
      settle('past');
    },
    async until(look) {
      try {
        for (;;) {
          if (looks > 0) lookBegunAt = Date.now();
          stage = 'looking';
          looks++;
          let failure: unknown;
          const answer = await look().catch((error: unknown) => {
            if (!goesOn() || !isUnreachable(error)) throw error;
            failure = error;
            return undefined;
          });
          if (answer !== undefined && answer.outcome !== 'not_published') return answer;
          missing = answer;
          if (answer !== undefined && !goesOn()) return answer;
          await pause(answer === undefined ? reasonOf(failure) : (answer.answer ?? 'no file'));
        }
      } finally {
        settle('past');
      }
    },
  };
}

/** The report of a month that the source does not have yet. */
export function notPublishedReport(
  { dataset, month }: LoadMonthInput,
  { source, sourceUrl, filename, durationMs }: Missing,
): LoadReport {
  return {
    dataset,
    month,
    status: 'not_published',
    source,
    loadId: null,
    sourceUrl,
    filename,
    etag: null,
    sha256: null,
    bytes: 0,
    durationMs,
    ...noRows(),
    phases: { download: durationMs, copy: 0, hash: 0, merge: 0 },
    checks: [],
    ignoredColumns: [],
  };
}

/** Whether the source could not be asked, for as long as a download tries. */
function isUnreachable(error: unknown): boolean {
  return (
    error instanceof ActivityFailure &&
    error.activityType === 'download' &&
    error.retryState === 'MAXIMUM_ATTEMPTS_REACHED'
  );
}

/** Whether Temporal or this file finds that a run has gone on for long enough. */
function isLong(): boolean {
  const { historyLength, continueAsNewSuggested } = workflowInfo();
  return historyLength > MANY_EVENTS || continueAsNewSuggested;
}

function msOf(text: string): number {
  return parseDuration(text) ?? 0;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
