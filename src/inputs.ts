/** Checks the JSON that loads are started with; the same check runs in the workflow and, for the reader's sake, before. */
import * as v from 'valibot';
import { FailureType, type LoadMonthInput, type LoadMonthsInput, type MonthString } from './contract.ts';
import { datasetNames, getDataset } from './datasets/index.ts';
import { parseBadRowLimit } from './datasets/bad-row-limit.ts';
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

/** How much of a bad value, or of its name, a message repeats. */
const MAX_SHOWN = 80;

const shortened = (text: string) => (text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN - 1)}…`);

function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  try {
    return shortened(JSON.stringify(value));
  } catch {
    return 'a value too deep to show';
  }
}

/** The message for a value of another type. */
const must = (be: string) => (issue: { input: unknown }) => `must ${be}, not ${show(issue.input)}`;
/** The message for a value of the right type. */
const isNot = (what: string) => (issue: { input: unknown }) => `${show(issue.input)} is not ${what}`;

const A_MONTH = 'a month such as "2021-03"';
const month = v.pipe(v.string(must(`be ${A_MONTH}`)), v.check(isMonth, isNot(A_MONTH)));

const url = v.pipe(
  v.string(must('be a URL')),
  v.check((text) => URL.canParse(text), isNot('a URL')),
);

const A_LIMIT = 'a number of rows or a share such as "1%"';

const flag = v.optional(v.boolean(must('be true or false')));

const options = {
  dataset: v.string(must(`name a data set (${datasetNames().join(', ')})`)),
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
  // Checked on its own: a record of the library's loses entries such as "constructor".
  labels: v.optional(v.unknown()),
};

const loadMonthSchema = v.strictObject({ ...options, month }, notAnOption);

const A_WIDTH = `a whole number from 1 to ${MAX_CONCURRENCY}`;
const count = v.pipe(
  v.number(must('be a count')),
  v.integer(isNot('a count')),
  v.minValue(0, isNot('a count')),
);
const loadMonthsSchema = v.strictObject(
  {
    ...options,
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
          ...{ loaded: count, skipped: count, notPublished: count },
          failed: v.array(v.unknown(), must('be a list')),
        },
        (issue) => (issue.expected === 'Object' ? must('be a report')(issue) : 'is missing'),
      ),
    ),
  },
  notAnOption,
);

/** The input of `loadMonth`, checked against the data sets and today's month. Throws an InputError. */
export function parseLoadMonthInput(input: unknown, today: MonthString): LoadMonthInput {
  const parsed = check(loadMonthSchema, input);
  checkDataset(parsed.dataset);
  checkLabels(parsed.labels);
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
  checkLabels(parsed.labels);
  const months = monthsOf(parsed);
  checkMonths(parsed.dataset, months, today);
  if (months.length > 1 && parsed.url?.includes('{month}') === false) {
    throw new InputError(
      `url: ${show(parsed.url)} is one file for ${months.length} months; it needs {month} in it`,
    );
  }
  return { ...(parsed as unknown as LoadMonthsInput), months };
}

function check<T extends v.GenericSchema>(schema: T, input: unknown): v.InferOutput<T> {
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

function checkLabels(labels: unknown): void {
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
