/** tctl's filters as a query of today's list of workflows. */
import { type Flags, TctlUsageError } from './parse.ts';

const STATUSES: Readonly<Record<string, string>> = {
  running: 'Running',
  completed: 'Completed',
  failed: 'Failed',
  canceled: 'Canceled',
  terminated: 'Terminated',
  continuedasnew: 'ContinuedAsNew',
  continueasnew: 'ContinuedAsNew',
  timedout: 'TimedOut',
};

const SECOND = 1000;
const DAY = 86_400 * SECOND;
const UNITS: Readonly<Record<string, number>> = {
  s: SECOND,
  second: SECOND,
  m: 60 * SECOND,
  minute: 60 * SECOND,
  h: 3600 * SECOND,
  hour: 3600 * SECOND,
  d: DAY,
  day: DAY,
  w: 7 * DAY,
  week: 7 * DAY,
  M: 30 * DAY,
  month: 30 * DAY,
  y: 365 * DAY,
  year: 365 * DAY,
};

/** The query that the flags of `list` make; as in tctl, --query stands for all of them, and closed is the default. */
export function listQuery(flags: Flags, now: Date): string {
  const query = flags.text('query');
  if (query !== undefined) return query;
  const [id, type, status] = ['workflow_id', 'workflow_type', 'status'].map((name) => flags.text(name));
  const open = flags.isOn('open');
  if (id !== undefined && type !== undefined) {
    throw new TctlUsageError('tctl workflow list: --workflow_id and --workflow_type exclude each other');
  }
  if (open && status !== undefined) {
    throw new TctlUsageError('tctl workflow list: --status is for closed workflows, without --open');
  }
  const earliest = timeOf(flags, 'earliest_time', now);
  const latest = timeOf(flags, 'latest_time', now);
  return [
    ...(status === undefined ? [`ExecutionStatus ${open ? '=' : '!='} 'Running'`] : [statusIs(status)]),
    ...(id === undefined ? [] : [`WorkflowId = ${quoted(id)}`]),
    ...(type === undefined ? [] : [`WorkflowType = ${quoted(type)}`]),
    ...(earliest === undefined ? [] : [`StartTime >= '${earliest}'`]),
    ...(latest === undefined ? [] : [`StartTime <= '${latest}'`]),
  ].join(' AND ');
}

function statusIs(word: string): string {
  const status = STATUSES[word.toLowerCase()];
  if (status !== undefined) return `ExecutionStatus = '${status}'`;
  throw new TctlUsageError(
    `tctl workflow list: --status must be one of ${Object.keys(STATUSES).join(', ')} (it is "${word}")`,
  );
}

/** A time as tctl takes it: RFC 3339, nanoseconds since 1970, or so long ago (`15m`, `3day`). */
function timeOf(flags: Flags, name: string, now: Date): string | undefined {
  const text = flags.text(name);
  if (text === undefined) return undefined;
  const [, number, unit = ''] = /^([1-9]\d{0,5})([A-Za-z]+)$/.exec(text) ?? [];
  const length = UNITS[unit];
  if (number !== undefined && length !== undefined) {
    return new Date(now.getTime() - Number(number) * length).toISOString();
  }
  const time = /^\d+$/.test(text)
    ? Number(text) / 1e6
    : /^\d{4}-\d\d-\d\dT/.test(text)
      ? Date.parse(text)
      : Number.NaN;
  if (Math.abs(time) <= 8.64e15) return new Date(time).toISOString();
  throw new TctlUsageError(
    `tctl workflow list: --${name} must be a time such as 2021-03-01T00:00:00Z, or 15m for 15 minutes ago (it is "${text}")`,
  );
}

function quoted(text: string): string {
  return `'${text.replace(/['\\]/g, '\\$&')}'`;
}
