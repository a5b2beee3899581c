/** Temporal Schedules of loads: one a data set, under an id of its own. */
import { isDeepStrictEqual } from 'node:util';
import {
  type Client,
  isGrpcServiceError,
  ScheduleAlreadyRunning,
  type ScheduleDescription,
  type ScheduleHandle,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
  type ScheduleUpdateOptions,
} from '@temporalio/client';
import { type ScheduledLoadInput, scheduleId } from '../contract.ts';
import { InputError } from '../inputs.ts';
import { parseScheduledLoadInput } from '../scheduled-input.ts';
import { UserError } from './errors.ts';

/** The type of the workflow that schedules start. */
export const SCHEDULED_LOAD = 'scheduledLoad';

/** After an outage, what was missed for up to so long is made up for. */
const CATCH_UP = '365 days';
/** gRPC's status of that name. */
const INVALID_ARGUMENT = 3;

/** What is to be loaded when. */
export interface SchedulePlan {
  /** When, as cron writes it, in the input's time zone. */
  cron: string;
  input: ScheduledLoadInput;
  /** Whether it is to be paused; a schedule that is there stays as it is by default. */
  paused?: boolean | undefined;
}

/** What became of a schedule that was asked for. */
export type Applied = 'created' | 'updated' | 'unchanged';

/** Checks what can be checked before Temporal is asked. Throws an InputError. */
export function planSchedule({ cron, input, paused }: SchedulePlan): SchedulePlan {
  const { timezone } = parseScheduledLoadInput(input);
  checkCron(cron);
  checkZone(timezone);
  return { cron: cron.trim().replaceAll(/\s+/g, ' '), input, paused };
}

function checkCron(cron: string): void {
  const text = cron.trim();
  const fields = text.split(/\s+/).length;
  if (!/[#\n]/.test(text) && (/^@\w+/.test(text) || (fields >= 5 && fields <= 7))) return;
  throw new InputError(
    `cron: ${JSON.stringify(cron)} is not five fields such as "0 9 1 * *" (minute, hour, day, month, day of the week)`,
  );
}

function checkZone(timeZone: string): void {
  try {
    new Intl.DateTimeFormat('en', { timeZone });
  } catch {
    throw new InputError(`timezone: there is no "${timeZone}"; it must be one such as "America/New_York"`);
  }
}

/** Makes a data set's schedule, or makes it what is asked for; what it is already stays untouched. */
export async function applySchedule(client: Client, taskQueue: string, plan: SchedulePlan): Promise<Applied> {
  const options = optionsOf(plan, taskQueue);
  const id = scheduleId(plan.input.dataset);
  return explainingRefusals(async () => {
    try {
      await client.schedule.create({ scheduleId: id, ...options, state: { paused: plan.paused ?? false } });
      return 'created';
    } catch (error) {
      if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    }
    const handle = client.schedule.getHandle(id);
    const before = await handle.describe();
    const paused = plan.paused ?? before.state.paused;
    if (isSame(before, plan, options) && paused === before.state.paused) return 'unchanged';
    await handle.update(({ state }) => ({ ...options, state: { ...state, paused } }));
    return 'updated';
  });
}

function optionsOf({ cron, input }: SchedulePlan, taskQueue: string): Omit<ScheduleUpdateOptions, 'state'> {
  const { dataset } = input;
  return {
    // Temporal keeps the times that a cron expression means, and of its words only the comment.
    spec: { cronExpressions: [`${cron} # ${cron}`], timezone: input.timezone ?? 'UTC' },
    action: {
      type: 'startWorkflow',
      workflowType: SCHEDULED_LOAD,
      workflowId: `scheduled-${dataset}`,
      taskQueue,
      args: [input],
      staticSummary: `${dataset}, by its schedule`,
    },
    // A start takes seconds, so none has to give way to another.
    policies: { overlap: ScheduleOverlapPolicy.ALLOW_ALL, catchupWindow: CATCH_UP, pauseOnFailure: false },
  };
}

function isSame(
  { spec, action, policies }: ScheduleDescription,
  plan: SchedulePlan,
  { spec: wanted, action: { taskQueue } }: Omit<ScheduleUpdateOptions, 'state'>,
): boolean {
  return (
    cronOf(spec) === plan.cron &&
    (spec.timezone ?? 'UTC') === wanted.timezone &&
    action.taskQueue === taskQueue &&
    action.workflowType === SCHEDULED_LOAD &&
    policies.overlap === ScheduleOverlapPolicy.ALLOW_ALL &&
    isDeepStrictEqual(action.args?.[0], JSON.parse(JSON.stringify(plan.input)))
  );
}

/** The cron expression that a schedule was made with, if its maker has left it as a comment. */
export function cronOf({
  calendars,
  intervals,
}: Pick<ScheduleDescription['spec'], 'calendars' | 'intervals'>): string | null {
  const [calendar, ...others] = calendars ?? [];
  if (calendar === undefined || others.length > 0 || (intervals ?? []).length > 0) return null;
  return calendar.comment || null;
}

/** Pauses a schedule, or lets it go on. */
export async function pauseSchedule(
  client: Client,
  dataset: string,
  pause: boolean,
  note?: string,
): Promise<void> {
  await withSchedule(client, dataset, (handle) =>
    pause ? handle.pause(note ?? 'paused by fareflow') : handle.unpause(note ?? 'resumed by fareflow'),
  );
}

/** Has a schedule act now, as if this moment were its time. */
export async function triggerSchedule(client: Client, dataset: string): Promise<void> {
  await withSchedule(client, dataset, (handle) => handle.trigger(ScheduleOverlapPolicy.ALLOW_ALL));
}

/** Removes a schedule; what it has started goes on. */
export async function deleteSchedule(client: Client, dataset: string): Promise<void> {
  await withSchedule(client, dataset, (handle) => handle.delete());
}

/** The input that a data set's schedule starts its loads with. */
export async function scheduledInput(client: Client, dataset: string): Promise<ScheduledLoadInput> {
  const { action } = await withSchedule(client, dataset, (handle) => handle.describe());
  const input: unknown = action.args?.[0];
  try {
    return parseScheduledLoadInput(input).input;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new UserError(
      `the schedule ${scheduleId(dataset)} starts nothing that fareflow knows: ${error.message}`,
    );
  }
}

/** Does something with a data set's schedule; where there is none, says so. */
export async function withSchedule<T>(
  client: Client,
  dataset: string,
  use: (handle: ScheduleHandle) => Promise<T>,
): Promise<T> {
  try {
    return await use(client.schedule.getHandle(scheduleId(dataset)));
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
    throw new UserError(
      `${dataset} has no schedule (${scheduleId(dataset)}); make one with \`fareflow schedule create ${dataset} --cron '0 9 1 * *'\``,
    );
  }
}

/** What Temporal does not take of a schedule is wrong usage. */
async function explainingRefusals<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const refusal = error instanceof Error && isGrpcServiceError(error.cause) ? error.cause : error;
    if (!isGrpcServiceError(refusal) || (refusal.code as number) !== INVALID_ARGUMENT) throw error;
    throw new InputError(`Temporal does not take this schedule: ${refusal.details}`);
  }
}
