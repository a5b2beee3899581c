/**
 * Takes a loaded month out of its table: every row that loads of this month brought in, and no other. It is one step,
 * one transaction under the locks that loads take, with an entry of its own in the ledger; a later load of the month
 * loads it anew.
 */
import { upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { type ResetMonthInput, type ResetReport, SearchAttribute } from '../contract.ts';
import { parseResetMonthInput, pick } from '../inputs.ts';
import { validInput } from './failures.ts';
import { starter } from './progress.ts';
import { removalOf } from './proxies.ts';

const keyword = (name: string) => defineSearchAttributeKey(name, SearchAttributeType.KEYWORD);

export async function resetMonth(...args: [ResetMonthInput]): Promise<ResetReport> {
  const input = validInput(args, parseResetMonthInput);
  const { dataset, month, labels = {} } = input;
  upsertSearchAttributes([
    { key: keyword(SearchAttribute.Dataset), value: dataset },
    { key: keyword(SearchAttribute.Month), value: month },
    { key: keyword(SearchAttribute.TriggeredBy), value: starter() },
  ]);
  return removalOf(`${dataset} ${month}`).removeMonth({
    ...pick(input, ['dataset', 'month', 'definition']),
    labels,
    startedAt: workflowInfo().startTime.toISOString(),
  });
}
