/** What is recorded for test/replay.test.ts: one load each, told apart by its months. */
import { setTimeout as sleep } from 'node:timers/promises';
import { activityInfo, Context } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { Activities } from '../../src/activities/index.ts';
import {
  DEFAULT_TASK_QUEUE,
  fileQueueOf,
  type LoadMonthInput,
  loadMonthId,
  type LoadMonthsInput,
  loadMonthsId,
  type LoadReport,
  type ResetMonthInput,
  resetMonthId,
  type ScheduledLoadInput,
} from '../../src/contract.ts';
import { fakeActivities, fakeFile, fakeSkipped } from './fake-activities.ts';

/** The queue of the host that fake files are on. */
export const FILE_QUEUE = fileQueueOf(DEFAULT_TASK_QUEUE, 'host-1');
/** The queue of a host that is gone. */
const LOST_QUEUE = fileQueueOf(DEFAULT_TASK_QUEUE, 'host-2');

export interface Scenario {
  /** Names the file: `<workflow>.<scenario>`. */
  name: string;
  workflow: 'loadMonth' | 'loadMonths' | 'resetMonth' | 'scheduledLoad';
  workflowId: string;
  input: LoadMonthInput | LoadMonthsInput | ResetMonthInput | ScheduledLoadInput;
  /** The time that a schedule would have started it for. */
  scheduledAt?: string;
  /** What is there before it begins. */
  before?: (client: Client) => Promise<void>;
  /** What is done to the load while it runs. */
  meanwhile?: (client: Client) => Promise<void>;
}

const dataset = 'green';

function oneMonth(name: string, month: string, meanwhile?: Scenario['meanwhile']): Scenario {
  const input = { dataset, month };
  const scenario = {
    name: `loadMonth.${name}`,
    workflow: 'loadMonth',
    input,
    workflowId: loadMonthId(input),
  };
  return { ...scenario, workflow: 'loadMonth', ...(meanwhile === undefined ? {} : { meanwhile }) };
}

function resetOf(month: string): Scenario {
  const input = { dataset, month };
  return { name: 'resetMonth.reset', workflow: 'resetMonth', input, workflowId: resetMonthId(input) };
}

function severalMonths(
  name: string,
  range: { from: string; to: string; concurrency: number; continueOnError?: boolean },
  meanwhile?: Scenario['meanwhile'],
): Scenario {
  const input = { dataset, ...range };
  const scenario = { name: `loadMonths.${name}`, input, workflowId: loadMonthsId(input) };
  return { ...scenario, workflow: 'loadMonths', ...(meanwhile === undefined ? {} : { meanwhile }) };
}

/** Options of a load that waits. */
const WAITS = { waitUntilPublished: true, lookEvery: '1 s' };

/** Looks twice and finds nothing; somebody asks for the second look. */
async function lookTwice(client: Client, workflowId: string): Promise<void> {
  await client.workflow.getHandle(workflowId).executeUpdate('checkNow');
}

/** A load that waits for a month, which a range then meets. */
async function startWaiting(client: Client, month: string): Promise<void> {
  const input: LoadMonthInput = { dataset, month, waitUntilPublished: true };
  const taskQueue = DEFAULT_TASK_QUEUE;
  await client.workflow.start('loadMonth', { taskQueue, workflowId: loadMonthId(input), args: [input] });
}

const cancelled = new Map<string, () => void>();

/** Cancels a load as soon as the copy of this month has begun. */
function cancelDuringCopy(workflowId: string, month: string): NonNullable<Scenario['meanwhile']> {
  const begun = new Promise<void>((resolve) => cancelled.set(month, resolve));
  return async (client) => {
    await begun;
    await client.workflow.getHandle(workflowId).cancel();
  };
}

export const scenarios: readonly Scenario[] = [
  oneMonth('happy', '2021-01'),
  oneMonth('retried', '2021-02'),
  oneMonth('host-lost', '2021-03'),
  oneMonth('source-changed', '2021-04'),
  oneMonth('skipped', '2021-05'),
  oneMonth('not-published', '2021-06'),
  oneMonth('failed', '2021-07'),
  oneMonth('cancelled', '2021-08', cancelDuringCopy('load-green-2021-08', '2021-08')),
  {
    ...oneMonth('waited', '2021-09', (client) => lookTwice(client, 'load-green-2021-09')),
    input: { dataset, month: '2021-09', ...WAITS },
  },
  {
    ...oneMonth('gave-up', '2021-10'),
    input: { dataset, month: '2021-10', ...WAITS, waitAtMost: '2 s' },
  },
  {
    ...severalMonths('met-waiting', { from: '2022-08', to: '2022-09', concurrency: 1 }),
    before: (client) => startWaiting(client, '2022-08'),
  },
  {
    name: 'scheduledLoad.happy',
    workflow: 'scheduledLoad',
    workflowId: 'scheduled-green-2021-03-01T14:00:00Z',
    input: { dataset, lagMonths: 2, timezone: 'America/New_York', recheck: 1 },
    scheduledAt: '2021-03-01T14:00:00Z',
  },
  oneMonth('queued', '2021-11'),
  resetOf('2021-12'),
  severalMonths('back-fill', { from: '2022-01', to: '2022-05', concurrency: 2 }),
  severalMonths('failed-month', { from: '2023-01', to: '2023-04', concurrency: 2 }),
  severalMonths('continue-on-error', {
    from: '2024-01',
    to: '2024-03',
    concurrency: 2,
    continueOnError: true,
  }),
  severalMonths(
    'cancelled',
    { from: '2025-01', to: '2025-04', concurrency: 2 },
    cancelDuringCopy('load-green-2025-01-2025-04', '2025-02'),
  ),
];

/** The activities of all scenarios: fake ones, which go wrong in the months where that is what is recorded. */
export function scenarioActivities(): Activities {
  const fakes = fakeActivities(FILE_QUEUE);
  return {
    ...fakes,
    async download(input) {
      const { month } = input;
      const file = fakeFile(
        input,
        month === '2021-03' && isFirst('download 2021-03') ? LOST_QUEUE : FILE_QUEUE,
      );
      if (month === '2021-02') failFirst();
      // The whole way would make the longest of all histories.
      if (month === '2021-05' || (month === '2021-09' && isThirdLook()))
        return { outcome: 'unchanged', report: fakeSkipped(input), durationMs: 10 };
      if (NEVER.includes(month)) {
        const { sourceUrl, filename } = file;
        const answer = 'HTTP 404';
        return { outcome: 'not_published', source: 'csv', sourceUrl, filename, answer, durationMs: 10 };
      }
      if (month === '2023-02' || month === '2024-02') throw noSuchFile(month, file.sourceUrl);
      const awaitsTurn = month === '2021-11' ? ({ awaitsTurn: true } as const) : {};
      return Promise.resolve({ outcome: 'fetched', file, durationMs: 10, ...awaitsTurn });
    },
    awaitTurn: () => Promise.resolve(failFirst()),
    async copyToStaging(input) {
      const { month } = input;
      if (month === '2021-02') failFirst();
      if (month === '2021-04' && isFirst('copy 2021-04')) {
        throw ApplicationFailure.nonRetryable('green 2021-04: no longer the file', 'SourceChanged');
      }
      if (month === '2021-07') throw badRow(month);
      if (cancelled.has(month)) await untilCancelled(month);
      return fakes.copyToStaging(input);
    },
    awaitLoad: (input) => Promise.resolve({ notPublished: fakeUnpublished(input) }),
    startScheduled({ options: _, ...input }) {
      const months = ['2021-01', '2020-12'];
      return Promise.resolve(
        months.map((month) => ({
          month,
          workflowId: loadMonthId({ ...input, month }),
          runId: 'a-run',
          started: true,
        })),
      );
    },
    hashStaging(input) {
      if (input.month === '2021-02') failFirst();
      return fakes.hashStaging(input);
    },
    mergeStaging(input) {
      if (input.month === '2021-02') failFirst();
      return fakes.mergeStaging(input);
    },
  };
}

/** Months that are not published. */
const NEVER = ['2021-06', '2021-09', '2021-10', '2022-08'];

let looks = 0;

/** Of the one month that is published late. */
function isThirdLook(): boolean {
  return ++looks >= 3;
}

function fakeUnpublished(input: { dataset: string; month: string }): LoadReport {
  return { ...fakeSkipped(input), status: 'not_published', loadId: null, etag: null, sha256: null, bytes: 0 };
}

const seen = new Set<string>();

function isFirst(what: string): boolean {
  if (seen.has(what)) return false;
  seen.add(what);
  return true;
}

function failFirst(): void {
  if (activityInfo().attempt === 1) throw new Error('the connection was lost');
}

async function untilCancelled(month: string): Promise<void> {
  cancelled.get(month)?.();
  for (;;) {
    Context.current().heartbeat();
    await Promise.race([Context.current().cancelled, sleep(50)]);
  }
}

function noSuchFile(month: string, url: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(
    `green ${month}: there is no file at ${url} (HTTP 404)`,
    'SourceGone',
  );
}

function badRow(month: string): ApplicationFailure {
  const message = `green ${month}: line 7, column fare_amount: "x" is not a number`;
  const cause = new Error('invalid input syntax for type double precision: "x"');
  return ApplicationFailure.create({ message, type: 'BadRow', nonRetryable: true, cause });
}
