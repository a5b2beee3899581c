/**
 * What a Temporal Schedule starts: it works out which month is meant by the time that the schedule meant, has that
 * month's load started, and ends. So it never overlaps with itself for long, and no month is lost to that; whatever
 * starts a month, it is the one workflow of that month that loads it.
 */
import { ApplicationFailure, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import {
  FailureType,
  type ScheduledLoadInput,
  type ScheduledLoadReport,
  SearchAttribute,
} from '../contract.ts';
import { pick } from '../inputs.ts';
import { parseScheduledLoadInput } from '../scheduled-input.ts';
import { validInput } from './failures.ts';
import { startScheduled } from './proxies.ts';

const scheduledStartTime = defineSearchAttributeKey(
  'TemporalScheduledStartTime',
  SearchAttributeType.DATETIME,
);
const dataset = defineSearchAttributeKey(SearchAttribute.Dataset, SearchAttributeType.KEYWORD);
const triggeredBy = defineSearchAttributeKey(SearchAttribute.TriggeredBy, SearchAttributeType.KEYWORD);

export async function scheduledLoad(...args: [ScheduledLoadInput]): Promise<ScheduledLoadReport> {
  const { input, lag, recheck, timezone, options } = validInput(args, parseScheduledLoadInput);
  // The clock would say today's month to a run that is made up for, or that fills the past.
  const scheduledAt = workflowInfo().typedSearchAttributes.get(scheduledStartTime)?.toISOString();
  if (scheduledAt === undefined) throw notScheduled();
  upsertSearchAttributes([
    { key: dataset, value: input.dataset },
    { key: triggeredBy, value: 'schedule' },
  ]);
  const loads = await startScheduled({
    ...pick(input, ['dataset', 'definition']),
    scheduledAt,
    timezone,
    lag,
    recheck,
    options: { waitUntilPublished: true, ...options },
  });
  return { dataset: input.dataset, scheduledAt, loads };
}

function notScheduled(): ApplicationFailure {
  return ApplicationFailure.nonRetryable(
    'scheduledLoad takes its month from the time that a Temporal Schedule starts it for; to load a month now, start loadMonth',
    FailureType.InvalidInput,
  );
}
