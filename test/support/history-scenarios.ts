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
  type ResetMonthInput,
  resetMonthId,
} from '../../src/contract.ts';
import { fakeActivities, fakeFile, fakeSkipped } from './fake-activities.ts';

/** The queue of the host that fake files are on. */
export const FILE_QUEUE = fileQueueOf(DEFAULT_TASK_QUEUE, 'host-1');
/** The queue of a host that is gone. */
const LOST_QUEUE = fileQueueOf(DEFAULT_TASK_QUEUE, 'host-2');

export interface Scenario {
  /** Names the file: `<workflow>.<scenario>`. */
  name: string;
  workflow: 'loadMonth' | 'loadMonths' | 'resetMonth';
  workflowId: string;
  input: LoadMonthInput | LoadMonthsInput | ResetMonthInput;
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
  oneMonth('queued', '2021-09'),
  resetOf('2021-10'),
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
      if (month === '2021-05') return { outcome: 'unchanged', report: fakeSkipped(input), durationMs: 10 };
      if (month === '2021-06') {
        const { sourceUrl, filename } = file;
        return { outcome: 'not_published', source: 'csv', sourceUrl, filename, durationMs: 10 };
      }
      if (month === '2023-02' || month === '2024-02') throw noSuchFile(month, file.sourceUrl);
      const awaitsTurn = month === '2021-09' ? ({ awaitsTurn: true } as const) : {};
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
