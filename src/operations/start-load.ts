import { createHash } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { WorkflowIdReusePolicy } from '@temporalio/client';
import {
  defineSearchAttributeKey,
  SearchAttributeType,
  WorkflowExecutionAlreadyStartedError,
} from '@temporalio/common';
import {
  loadMonthId,
  type LoadMonthInput,
  type LoadMonthsInput,
  loadMonthsId,
  type LoadOptions,
  type MonthString,
  SearchAttribute,
} from '../contract.ts';
import { datasetOf } from '../datasets/index.ts';
import { periodsBetween } from '../datasets/period.ts';
import { parseLoadMonthInput, parseLoadMonthsInput } from '../inputs.ts';
import type { loadMonth, loadMonths } from '../workflows/index.ts';

/** What somebody wants loaded. */
export interface LoadRequest extends LoadOptions {
  dataset: string;
  months: MonthString[];
  concurrency?: number | undefined;
}

/** A load that runs now. */
export interface StartedLoad {
  type: 'loadMonth' | 'loadMonths';
  workflowId: string;
  runId: string;
  dataset: string;
  months: MonthString[];
  /** Whether it was running already, with the options that it was started with. */
  attached: boolean;
}

const triggeredBy = defineSearchAttributeKey(SearchAttribute.TriggeredBy, SearchAttributeType.KEYWORD);

/** A checked request: the workflow to start and its input. */
type Plan =
  | { type: 'loadMonth'; workflowId: string; months: MonthString[]; input: LoadMonthInput }
  | { type: 'loadMonths'; workflowId: string; months: MonthString[]; input: LoadMonthsInput };

/** Checks a request as the workflow will. Throws an InputError for what no load can begin with. */
export function planLoad(request: LoadRequest): Plan {
  const now = new Date();
  const { dataset, concurrency, months, ...options } = request;
  if (months.length === 1) {
    const input = parseLoadMonthInput(compact({ dataset, month: months[0], ...options }), now);
    return { type: 'loadMonth', workflowId: loadMonthId(input), months, input };
  }
  const input = parseLoadMonthsInput(
    compact({ dataset, months, concurrency, continueOnError: true, ...options }),
    now,
  );
  return { type: 'loadMonths', workflowId: idOfMonths(input), months: input.months, input };
}

/** Starts the load of one month or of several, or attaches to it if it runs already. */
export async function startLoad(
  client: Client,
  taskQueue: string,
  plan: Plan,
  trigger: 'cli' | 'backfill' = 'cli',
): Promise<StartedLoad> {
  const { type, workflowId, months, input } = plan;
  const load = { type, workflowId, dataset: input.dataset, months };
  const options = {
    taskQueue,
    workflowId,
    // Whether a file is in already is the ledger's business, not the workflow id's.
    workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
    typedSearchAttributes: [{ key: triggeredBy, value: trigger }],
    staticSummary:
      months.length === 1 ? `${input.dataset} ${months[0]}` : `${input.dataset}, ${months.length} months`,
  };
  try {
    const handle =
      plan.type === 'loadMonth'
        ? await client.workflow.start<typeof loadMonth>(plan.type, { ...options, args: [plan.input] })
        : await client.workflow.start<typeof loadMonths>(plan.type, { ...options, args: [plan.input] });
    return { ...load, runId: handle.firstExecutionRunId, attached: false };
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    return { ...load, runId: '', attached: true };
  }
}

/** More months than this are not named one by one: Temporal takes ids of 1000 bytes, and people shorter ones. */
const MAX_NAMED = 12;

/** The workflow id of the load that `planLoad` would begin for these months. */
export function loadIdOf(load: {
  dataset: string;
  months: readonly MonthString[];
  definition?: object;
}): string {
  const [month] = load.months;
  return load.months.length === 1 && month !== undefined
    ? loadMonthId({ dataset: load.dataset, month })
    : idOfMonths({ ...load, months: load.months });
}

/** A range's id, or for months with gaps one of their own, so that only the same months share it. */
function idOfMonths(input: { dataset: string; months: readonly MonthString[]; definition?: object }): string {
  const { dataset, months } = input;
  const from = months[0] as MonthString;
  const to = months.at(-1) as MonthString;
  const isRange = periodsBetween(datasetOf(input), from, to).length === months.length;
  if (isRange) return loadMonthsId({ dataset, from, to });
  const names = months.join('+');
  if (months.length <= MAX_NAMED) return `load-${dataset}-${names}`;
  const digest = createHash('sha256').update(names).digest('hex').slice(0, 16);
  return `${loadMonthsId({ dataset, from, to })}-${months.length}-of-them-${digest}`;
}

/** The properties that are set: an absent option and an undefined one are the same to people, not to JSON. */
function compact(input: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
}
