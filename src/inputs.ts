/** Checks the JSON that loads are started with; the same check runs in the workflow and, for the reader's sake, before. */
import * as v from 'valibot';
import {
  FailureType,
  type LoadMonthInput,
  type LoadMonthsInput,
  type LoadOptions,
  type MonthString,
  type ResetMonthInput,
  type WaitOptions,
} from './contract.ts';
import { parseDuration } from './duration.ts';
import { parseBadRowLimit } from './datasets/bad-row-limit.ts';
import { type Dataset, datasetNames, datasetOf, DefinitionError } from './datasets/index.ts';
import {
  describePeriod,
  isPeriod,
  periodKind,
  periodNumber,
  periodOf,
  periodsBetween,
  WHOLE,
} from './datasets/period.ts';
import { isNot, must, shortened, show } from './datasets/refusals.ts';
import { namesMonth } from './datasets/url-template.ts';

/** An input that no load can begin with. */
export class InputError extends Error {
  override name = 'InputError';
  readonly type: FailureType;

  constructor(message: string, type: FailureType = FailureType.InvalidInput) {
    super(message);
    this.type = type;
  }
}

/** Where a day begins first, it does so 14 hours before it does in UTC. */
const EARLIEST_ZONE_MS = 14 * 3_600_000;
/** Months that one `loadMonths` may be asked for. */
const MAX_MONTHS = 1_200;
const MAX_CONCURRENCY = 32;
const MAX_LABEL_LENGTH = 200;

// Whether it is one depends on the data set.
const month = v.string(must('be a month such as "2021-03"'));

const url = v.pipe(
  v.string(must('be a URL')),
  v.check((text) => URL.canParse(text), isNot('a URL')),
);

const A_LIMIT = 'a number of rows or a share such as "1%"';

/** Temporal's timers take a second at least; nobody waits for years. */
const SHORTEST_MS = 1_000;
const LONGEST_MS = 366 * 86_400_000;
const A_DURATION = 'a time such as "6 hours" or "90 days", from a second to a year';

const duration = v.pipe(
  v.string(must(`be ${A_DURATION}`)),
  v.check((text) => {
    const ms = parseDuration(text) ?? 0;
    return ms >= SHORTEST_MS && ms <= LONGEST_MS;
  }, isNot(A_DURATION)),
);

const flag = v.optional(v.boolean(must('be true or false')));

/** The schema of a data set's name. */
export const dataset = v.string(must(`name a data set (${datasetNames().join(', ')})`));

/** The schemas of the options that every load takes. */
export const options = {
  url: v.optional(url),
  source: v.optional(v.picklist(['auto', 'csv', 'parquet'], isNot('"auto", "csv" or "parquet"'))),
  onBadRow: v.optional(v.picklist(['fail', 'quarantine'], isNot('"fail" or "quarantine"'))),
  maxBadRows: v.optional(
    v.pipe(
      v.union([v.number(), v.string()], must(`be ${A_LIMIT}`)),
      v.check((limit) => parseBadRowLimit(limit) !== undefined, isNot(A_LIMIT)),
    ),
  ),
  onNewColumn: v.optional(v.picklist(['fail', 'ignore'], isNot('"fail" or "ignore"'))),
  force: flag,
  replace: flag,
  waitUntilPublished: flag,
  lookEvery: v.optional(duration),
  waitAtMost: v.optional(duration),
  // Checked by the data sets.
  definition: v.optional(v.unknown()),
  // Checked on its own: a record of the library's loses entries such as "constructor".
  labels: v.optional(v.unknown()),
} satisfies Record<keyof LoadOptions, v.GenericSchema>;

const moment = v.pipe(v.string(must('be a time')), v.isoTimestamp(isNot('a time')));

const A_WIDTH = `a whole number from 1 to ${MAX_CONCURRENCY}`;
const count = v.pipe(
  v.number(must('be a count')),
  v.integer(isNot('a count')),
  v.minValue(0, isNot('a count')),
);
const loadMonthSchema = v.strictObject(
  {
    ...options,
    dataset,
    month: v.optional(month),
    carried: v.optional(v.object({ since: moment, giveUpAt: moment, looks: count }, mustBeReport)),
  },
  notAnOption,
);

const resetMonthSchema = v.strictObject(
  pick(loadMonthSchema.entries, ['dataset', 'month', 'definition', 'labels']),
  notAnOption,
);

const waitSchema = v.strictObject(
  { lookEvery: options.lookEvery, waitAtMost: options.waitAtMost },
  notAnOption,
);

const loadMonthsSchema = v.strictObject(
  {
    ...options,
    dataset,
    months: v.optional(
      v.pipe(v.array(month, must('be a list of months')), v.minLength(1, 'must name a month')),
    ),
    from: v.optional(month),
    to: v.optional(month),
    concurrency: v.optional(
      v.pipe(
        v.number(must(`be ${A_WIDTH}`)),
        v.check((width) => Number.isInteger(width) && width >= 1 && width <= MAX_CONCURRENCY, isNot(A_WIDTH)),
      ),
    ),
    continueOnError: flag,
    carried: v.optional(
      v.looseObject(
        {
          loaded: count,
          skipped: count,
          notPublished: count,
          failed: v.array(v.unknown(), must('be a list')),
        },
        mustBeReport,
      ),
    ),
  },
  notAnOption,
);

/** The input of `loadMonth`, checked against the data set and the time. Throws an InputError. */
export function parseLoadMonthInput(input: unknown, now: Date): LoadMonthInput {
  return parseMonthInput(loadMonthSchema, input, now);
}

/** The input of `resetMonth`, checked in the same way. Throws an InputError. */
export function parseResetMonthInput(input: unknown, now: Date): ResetMonthInput {
  return parseMonthInput(resetMonthSchema, input, now);
}

function parseMonthInput(
  schema: typeof resetMonthSchema | typeof loadMonthSchema,
  input: unknown,
  now: Date,
): ResetMonthInput {
  const parsed = check(schema, input);
  const dataset = checkDataset(parsed);
  checkLabels(parsed.labels);
  const { month = periodKind(dataset) === 'whole' ? WHOLE : undefined } = parsed;
  if (month === undefined) throw new InputError('month: is missing');
  checkPeriod('month', dataset, month);
  checkMonths(dataset, [month], now);
  return { ...(parsed as ResetMonthInput), month };
}

/** The input of `loadMonths` with its months as a list, each once. Throws an InputError. */
export function parseLoadMonthsInput(input: unknown, now: Date): LoadMonthsInput & { months: MonthString[] } {
  const parsed = check(loadMonthsSchema, input);
  const dataset = checkDataset(parsed);
  checkLabels(parsed.labels);
  const months = monthsOf(parsed, dataset);
  checkMonths(dataset, months, now);
  if (months.length > 1 && parsed.url !== undefined && !namesMonth(parsed.url)) {
    throw new InputError(
      `url: ${show(parsed.url)} is one file for ${months.length} months; it needs {month} in it`,
    );
  }
  return { ...(parsed as unknown as LoadMonthsInput), months };
}

/** The options of a load that are set, to hand them on. */
export function loadOptionsOf(input: LoadOptions): LoadOptions {
  return pick(input, Object.keys(options) as (keyof LoadOptions)[]);
}

/** Those of the named properties that are set: an absent option and an undefined one are not the same to JSON. */
export function pick<T extends object, K extends keyof T>(from: T, names: readonly K[]): Pick<T, K> {
  const set = names.filter((name) => from[name] !== undefined);
  return Object.fromEntries(set.map((name) => [name, from[name]])) as Pick<T, K>;
}

/** An input that its schema takes, or an InputError with the path and the reason. */
export function check<T extends v.GenericSchema>(schema: T, input: unknown): v.InferOutput<T> {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw new InputError(`the input must be one JSON object, it is ${show(input)}`);
  }
  const parsed = v.safeParse(schema, input);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  const path = shortened(v.getDotPath(issue) ?? 'the input');
  const missing = issue.input === undefined && issue.kind === 'schema' && issue.type !== 'strict_object';
  if (missing) throw new InputError(`${path} is missing`);
  throw new InputError(`${path}: ${issue.message}`);
}

function mustBeReport(issue: v.BaseIssue<unknown>): string {
  return issue.expected === 'Object' ? must('be a report')(issue) : 'is missing';
}

/** What is said of an entry that an input may not have. */
export function notAnOption(issue: v.StrictObjectIssue): string {
  return issue.expected === 'never' ? 'is not an option of this workflow' : 'is missing';
}

/** The payload of the signal `waitUntilPublished`. Throws an InputError. */
export function parseWaitOptions(payload: unknown): WaitOptions {
  return check(waitSchema, payload ?? {}) as WaitOptions;
}

/** The data set that is meant, whose definition is checked if one came with the input. */
export function checkDataset({ dataset, definition }: { dataset: string; definition?: unknown }): Dataset {
  if (definition === undefined) {
    if (datasetNames().includes(dataset)) return datasetOf({ dataset });
    throw new InputError(
      `unknown data set ${show(dataset)}; there are ${datasetNames().join(', ')}`,
      FailureType.UnknownDataset,
    );
  }
  const own = parseOwn(dataset, definition);
  if (own.name === dataset) return own;
  throw new InputError(
    `dataset: ${show(dataset)} is not the data set that the definition names, ${show(own.name)}`,
  );
}

function parseOwn(dataset: string, definition: unknown): Dataset {
  if (typeof definition !== 'object' || definition === null || Array.isArray(definition)) {
    throw new InputError(`definition: must be an object, not ${show(definition)}`);
  }
  try {
    return datasetOf({ dataset, definition });
  } catch (error) {
    if (!(error instanceof DefinitionError)) throw error;
    throw new InputError(`definition: ${error.message}`);
  }
}

/** Refuses labels that cannot be kept. */
export function checkLabels(labels: unknown): void {
  if (labels === undefined) return;
  if (typeof labels !== 'object' || labels === null || Array.isArray(labels)) {
    throw new InputError(`labels: must be an object of texts, not ${show(labels)}`);
  }
  for (const [name, text] of Object.entries(labels as Record<string, unknown>)) {
    const path = `labels.${shortened(name)}`;
    if (typeof text !== 'string') throw new InputError(`${path}: must be text, not ${show(text)}`);
    if (Math.max(name.length, text.length) > MAX_LABEL_LENGTH) {
      throw new InputError(`${path}: names and texts have at most ${MAX_LABEL_LENGTH} characters`);
    }
    // PostgreSQL would refuse it in the ledger, once all the work is done.
    if (/[\0\p{Surrogate}]/u.test(name + text)) {
      throw new InputError(`${path}: ${show(text)} holds a character that PostgreSQL cannot store`);
    }
  }
}

function monthsOf(input: v.InferOutput<typeof loadMonthsSchema>, dataset: Dataset): MonthString[] {
  const { months, from, to } = input;
  if (months !== undefined) {
    if (from !== undefined || to !== undefined) throw new InputError('give either months, or from and to');
    months.forEach((month, i) => checkPeriod(`months.${i}`, dataset, month));
    return [...new Set(months)].sort();
  }
  if (from === undefined || to === undefined)
    throw new InputError('months are missing: give months, or from and to');
  checkPeriod('from', dataset, from);
  checkPeriod('to', dataset, to);
  if (from > to) throw new InputError(`the range ${from}..${to} is reversed; write ${to}..${from}`);
  // A few characters can name millions of days.
  checkCount(dataset, periodNumber(dataset, to) - periodNumber(dataset, from) + 1);
  return periodsBetween(dataset, from, to);
}

function checkPeriod(path: string, dataset: Dataset, text: string): void {
  if (isPeriod(dataset, text)) return;
  throw new InputError(`${path}: ${show(text)} is not ${describePeriod(dataset)}`);
}

function checkMonths(dataset: Dataset, months: readonly MonthString[], now: Date): void {
  checkCount(dataset, months.length);
  const today = periodOf(dataset, now);
  // A schedule's month is that of its own time zone, where a new one may have begun.
  const newest = periodOf(dataset, new Date(now.getTime() + EARLIEST_ZONE_MS));
  for (const month of months) {
    if (month > newest) throw new InputError(`${month} lies in the future; it is ${today}`);
    if (month < dataset.firstMonth)
      throw new InputError(
        `${month} comes before ${dataset.name}'s first ${periodKind(dataset)}, ${dataset.firstMonth}`,
      );
  }
}

function checkCount(dataset: Dataset, count: number): void {
  if (count <= MAX_MONTHS) return;
  throw new InputError(
    `${count} ${periodKind(dataset)}s are more than the ${MAX_MONTHS} that one load takes`,
  );
}
