/** Taking a loaded month out of its table again. */
import { type Client, WorkflowIdConflictPolicy, WorkflowIdReusePolicy } from '@temporalio/client';
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import {
  loadMonthId,
  type ResetMonthInput,
  resetMonthId,
  type ResetReport,
  SearchAttribute,
} from '../contract.ts';
import { parseResetMonthInput } from '../inputs.ts';
import type { resetMonth as workflow } from '../workflows/index.ts';
import { UserError } from './errors.ts';
import { findAllRunning } from './find-load.ts';
import { failureReason } from './load-result.ts';

const triggeredBy = defineSearchAttributeKey(SearchAttribute.TriggeredBy, SearchAttributeType.KEYWORD);

/**
 * Takes a month out of its table, or waits for the reset of it that runs. Refused while a load of the month runs, since
 * that would only put it back.
 */
export async function resetMonth(
  client: Client,
  taskQueue: string,
  input: ResetMonthInput,
): Promise<ResetReport> {
  const checked = parseResetMonthInput(input, new Date());
  const { dataset, month } = checked;
  const [running] = await findAllRunning(client, [loadMonthId(checked)]);
  if (running !== undefined) {
    throw new UserError(
      `${running} runs and would put the month back; cancel it first: \`fareflow cancel ${dataset} ${month}\``,
    );
  }
  try {
    return await client.workflow.execute<typeof workflow>('resetMonth', {
      taskQueue,
      workflowId: resetMonthId(checked),
      workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
      workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
      typedSearchAttributes: [{ key: triggeredBy, value: 'cli' }],
      staticSummary: `reset ${dataset} ${month}`,
      args: [checked],
    });
  } catch (error) {
    throw new UserError(failureReason(error));
  }
}
