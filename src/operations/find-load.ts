import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import type { LoadMonthInput, LoadMonthsInput } from '../contract.ts';
import { monthOf } from '../datasets/month.ts';
import { parseLoadMonthInput, parseLoadMonthsInput } from '../inputs.ts';
import { UserError } from './errors.ts';
import type { StartedLoad } from './start-load.ts';

/** The load with this workflow id, running or ended; its months are read from its own input. */
export async function findLoad(client: Client, workflowId: string): Promise<StartedLoad> {
  const handle = client.workflow.getHandle(workflowId);
  const description = await handle.describe().catch((error: unknown) => {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    throw new UserError(
      `Temporal knows no workflow ${workflowId}; see \`fareflow status\` and \`fareflow loads\``,
    );
  });
  const { events } = await handle.fetchHistory();
  const payload = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0];
  const input = payload == null ? undefined : defaultPayloadConverter.fromPayload<unknown>(payload);
  const load = { workflowId, runId: description.runId, attached: true };
  const today = monthOf(new Date());
  switch (description.type) {
    case 'loadMonth': {
      const { dataset, month } = parseLoadMonthInput(input, today) satisfies LoadMonthInput;
      return { ...load, dataset, months: [month] };
    }
    case 'loadMonths': {
      const { dataset, months } = parseLoadMonthsInput(input, today) satisfies LoadMonthsInput;
      return { ...load, dataset, months };
    }
    default:
      throw new UserError(`${workflowId} is a ${description.type}, not a load`);
  }
}
