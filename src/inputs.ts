/** Checks the JSON that loads are started with; the same check runs in the workflow and, for the reader's sake, before. */
import * as v from 'valibot';
import { FailureType, type LoadMonthInput, type LoadMonthsInput, type MonthString } from './contract.ts';
import { datasetNames, getDataset } from './datasets/index.ts';
import { isMonth, monthsBetween } from './datasets/month.ts';

/** An input that no load can begin with. */
export class InputError extends Error {
  override name = 'InputError';
  readonly type: FailureType;

  constructor(message: string, type: FailureType = FailureType.InvalidInput) {
    super(message);
    this.type = type;
  }
}

/** Months that one `loadMonths` may be asked for. */
const MAX_MONTHS = 1_200;
const MAX_CONCURRENCY = 32;
const MAX_LABEL_LENGTH = 200;

const show = (value: unknown) => (value === undefined ? 'nothing' : JSON.stringify(value));

const month = v.pipe(
  v.string('must be a month such as "2021-03"'),
  v.check(isMonth, (issue) => `${show(issue.input)} is not a month such as "2021-03"`),
);

const url = v.pipe(
  v.string('must be a URL'),
  v.check(
    (text) => URL.canParse(text),
    (issue) => `${show(issue.input)} is not a URL`,
  ),
);

const flag = v.optional(v.boolean('must be true or false'));

const options = {
  dataset: v.string(`must name a data set: ${datasetNames().join(', ')}`),
  source: v.optional(v.picklist(['auto', 'csv'], (issue) => `${show(issue.input)} is not "auto" or "csv"`)),
  force: flag,
  replace: flag,
  labels: v.optional(
    v.record(
      v.pipe(v.string(), v.maxLength(MAX_LABEL_LENGTH, `names have at most ${MAX_LABEL_LENGTH} characters`)),
      v.pipe(
        v.string('must be text'),
        v.maxLength(MAX_LABEL_LENGTH, `must have at most ${MAX_LABEL_LENGTH} characters`),
      ),
      'must be an object of texts',
    ),
  ),
};

const loadMonthSchema = v.strictObject({ ...options, month, url: v.optional(url) }, notAnOption);

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const loadMonthsSchema = v.strictObject(
  {
    ...options,
    months: v.optional(
      v.pipe(v.array(month, 'must be a list of months'), v.minLength(1, 'must name a month')),
    ),
    from: v.optional(month),
    to: v.optional(month),
    concurrency: v.optional(
      v.pipe(
        v.number(`must be a number from 1 to ${MAX_CONCURRENCY}`),
        v.check(
          (width) => Number.isInteger(width) && width >= 1 && width <= MAX_CONCURRENCY,
          (issue) => `${show(issue.input)} is not a whole number from 1 to ${MAX_CONCURRENCY}`,
        ),
      ),
    ),
    continueOnError: flag,
    carried: v.optional(
      v.looseObject({ loaded: count, skipped: count, notPublished: count, failed: v.array(v.unknown()) }),
    ),
  },
  notAnOption,
);

/** The input of `loadMonth`, checked against the data sets and today's month. Throws an InputError. */
export function parseLoadMonthInput(input: unknown, today: MonthString): LoadMonthInput {
  const parsed = check(loadMonthSchema, input);
  checkDataset(parsed.dataset);
  checkMonths(parsed.dataset, [parsed.month], today);
  return parsed as LoadMonthInput;
}

/** The input of `loadMonths` with its months as a list, each once. Throws an InputError. */
export function parseLoadMonthsInput(
  input: unknown,
  today: MonthString,
): LoadMonthsInput & { months: MonthString[] } {
  const parsed = check(loadMonthsSchema, input);
  checkDataset(parsed.dataset);
  const months = monthsOf(parsed);
  checkMonths(parsed.dataset, months, today);
  return { ...(parsed as unknown as LoadMonthsInput), months };
}

function check<T extends v.GenericSchema>(schema: T, input: unknown): v.InferOutput<T> {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw new InputError(`the input must be one JSON object, it is ${show(input).slice(0, 100)}`);
  }
  const parsed = v.safeParse(schema, input);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  const path = v.getDotPath(issue);
  const missing = issue.input === undefined && issue.kind === 'schema' && issue.type !== 'strict_object';
  if (missing) throw new InputError(`${path} is missing`);
  throw new InputError(`${path}: ${issue.message}`);
}

function notAnOption(issue: v.StrictObjectIssue): string {
  return issue.expected === 'never' ? 'is not an option of this workflow' : 'is missing';
}

function checkDataset(name: string): void {
  if (datasetNames().includes(name)) return;
  throw new InputError(
    `unknown data set ${show(name)}; there are ${datasetNames().join(', ')}`,
    FailureType.UnknownDataset,
  );
}

function monthsOf(input: v.InferOutput<typeof loadMonthsSchema>): MonthString[] {
  const { months, from, to } = input;
  if (months !== undefined) {
    if (from !== undefined || to !== undefined) throw new InputError('give either months, or from and to');
    return [...new Set(months)].sort();
  }
  if (from === undefined || to === undefined)
    throw new InputError('months are missing: give months, or from and to');
  if (from > to) throw new InputError(`the range ${from}..${to} is reversed; write ${to}..${from}`);
  return monthsBetween(from, to);
}

function checkMonths(dataset: string, months: readonly MonthString[], today: MonthString): void {
  if (months.length > MAX_MONTHS) {
    throw new InputError(`${months.length} months are more than the ${MAX_MONTHS} that one load takes`);
  }
  const { firstMonth } = getDataset(dataset);
  for (const month of months) {
    if (month > today) throw new InputError(`${month} lies in the future; it is ${today}`);
    if (month < firstMonth)
      throw new InputError(`${month} comes before ${dataset}'s first month, ${firstMonth}`);
  }
}
