/** Schedules as text. */
import type { ScheduleLine, ScheduleRun, ScheduleStatus } from '../operations/schedule-status.ts';
import { colors } from './colors.ts';
import { outputWidth } from './context.ts';
import { minute } from './format.ts';
import { renderTable } from './table.ts';

/** A line for each schedule. */
export function renderSchedules(lines: readonly ScheduleLine[]): string {
  if (lines.length === 0) {
    return "there is no schedule yet; make one with `fareflow schedule create green --cron '0 9 1 * *' --lag-months 2`";
  }
  const left = { align: 'left' } as const;
  return renderTable(
    [
      { title: 'data set', ...left },
      { title: 'cron', ...left },
      { title: 'time zone', ...left, spare: 2 },
      { title: 'last', ...left, spare: 3 },
      { title: 'next', ...left },
    ],
    lines.map(({ dataset, cron, timezone, paused, lastAt, nextAt }) => [
      dataset,
      cron ?? '(see describe)',
      timezone,
      lastAt === null ? '' : minute(lastAt),
      paused ? colors.yellow('paused') : nextAt === null ? 'never' : minute(nextAt),
    ]),
    outputWidth(),
  );
}

/** A schedule with its next and its last times. */
export function renderSchedule(status: ScheduleStatus): string {
  const { scheduleId, dataset, cron, timezone, paused, note, next, missed, recent } = status;
  return [
    `${colors.bold(dataset)}  ${cron ?? 'other times than one cron expression says'}  ${timezone}  ${colors.dim(scheduleId)}`,
    describeInput(status),
    ...(paused ? [colors.yellow(`paused${note === null ? '' : `: ${note}`}`)] : []),
    ...(missed === 0 ? [] : [colors.red(`${missed} times were missed for good`)]),
    `next  ${paused || next.length === 0 ? 'none' : next.map(minute).join(', ')}`,
    ...(recent.length === 0 ? ['last  none'] : ['last', ...recent.map((run) => `  ${describeRun(run)}`)]),
  ].join('\n');
}

function describeInput({ input }: ScheduleStatus): string {
  const { lagMonths, lagWeeks, lagDays, recheck = 0, waitUntilPublished = true } = input;
  const lags = [
    [lagMonths, 'month'],
    [lagWeeks, 'week'],
    [lagDays, 'day'],
  ] as const;
  const [lag = 0, unit = ''] = lags.find(([n]) => n !== undefined && n > 0) ?? [];
  return [
    lag === 0
      ? 'loads the file of its time'
      : `loads the file of ${lag} ${unit}${lag === 1 ? '' : 's'} before`,
    ...(recheck === 0 ? [] : [`looks again at the ${recheck} before that one`]),
    waitUntilPublished ? 'waits until it is published' : 'does not wait for what is not published',
  ].join(', ');
}

function describeRun({ scheduledAt, status, error, loads }: ScheduleRun): string {
  const words = loads.map(({ month, status }) => `${month} ${status}`);
  const outcome = status === 'completed' ? words.join(', ') || 'nothing to load yet' : status;
  return `${minute(scheduledAt)}  ${outcome}${error === null ? '' : `: ${error}`}`;
}
