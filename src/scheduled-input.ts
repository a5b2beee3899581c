/** Checks the JSON that `scheduledLoad` is started with; the same check runs in the workflow and before a schedule is made. */
import * as v from 'valibot';
import type { LoadMonthInput, LoadOptions, ScheduledLoadInput } from './contract.ts';
import type { Dataset, Period } from './datasets/index.ts';
import { periodKind } from './datasets/period.ts';
import { isNot, must, show } from './datasets/refusals.ts';
import { namesMonth } from './datasets/url-template.ts';
import {
  check,
  checkDataset,
  checkLabels,
  dataset,
  InputError,
  loadOptionsOf,
  notAnOption,
  options,
} from './inputs.ts';

/** Periods that a month may lag behind, or that are looked at again: each start looks at all of them. */
const MAX_PERIODS = 400;
const A_COUNT = `a whole number from 0 to ${MAX_PERIODS}`;

const number = v.optional(
  v.pipe(
    v.number(must(`be ${A_COUNT}`)),
    v.check((n) => Number.isInteger(n) && n >= 0 && n <= MAX_PERIODS, isNot(A_COUNT)),
  ),
);

const A_ZONE = 'a time zone such as "America/New_York"';
const zone = v.pipe(
  v.string(must(`be ${A_ZONE}`)),
  v.regex(/^[A-Za-z][\w+-]*(\/[\w+-]+){0,2}$/, isNot(A_ZONE)),
);

const { force: _, ...loadOptions } = options;

const schema = v.strictObject(
  {
    ...loadOptions,
    dataset,
    lagMonths: number,
    lagWeeks: number,
    lagDays: number,
    recheck: number,
    timezone: v.optional(zone),
  },
  notAnOption,
);

const LAGS = { month: 'lagMonths', week: 'lagWeeks', day: 'lagDays' } as const;

/** What a schedule asks for, with the data set that it is of. */
export interface ScheduledLoad {
  dataset: Dataset;
  input: ScheduledLoadInput;
  /** How many of the data set's periods before the scheduled time's own the one to load is. */
  lag: number;
  recheck: number;
  timezone: string;
  /** What each load is started with. */
  options: LoadOptions;
}

/** The input of `scheduledLoad`, checked. Throws an InputError. */
export function parseScheduledLoadInput(input: unknown): ScheduledLoad {
  const parsed = check(schema, input);
  const dataset = checkDataset(parsed);
  checkLabels(parsed.labels);
  const kind = periodKind(dataset);
  checkLags(parsed, dataset.name, kind);
  if (kind === 'whole' && (parsed.recheck ?? 0) > 0) {
    throw new InputError(`recheck: ${dataset.name} is one file, there are no earlier ones`);
  }
  if (kind !== 'whole' && parsed.url !== undefined && !namesMonth(parsed.url)) {
    throw new InputError(`url: ${show(parsed.url)} is one file for every ${kind}; it needs {month} in it`);
  }
  return {
    dataset,
    input: parsed as ScheduledLoadInput,
    lag: kind === 'whole' ? 0 : (parsed[LAGS[kind]] ?? 0),
    recheck: parsed.recheck ?? 0,
    timezone: parsed.timezone ?? 'UTC',
    options: loadOptionsOf(parsed as LoadMonthInput),
  };
}

function checkLags(
  parsed: Partial<Record<(typeof LAGS)[keyof typeof LAGS], number | undefined>>,
  name: string,
  kind: Period,
): void {
  for (const [period, lag] of Object.entries(LAGS)) {
    if (parsed[lag] === undefined || period === kind) continue;
    throw new InputError(
      kind === 'whole'
        ? `${lag}: ${name} is one file`
        : `${lag}: ${name} has a file a ${kind}; say ${LAGS[kind]}`,
    );
  }
}
