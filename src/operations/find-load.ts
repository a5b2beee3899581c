import { type Client, type WorkflowExecutionDescription, WorkflowNotFoundError } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { InputError, parseLoadMonthInput, parseLoadMonthsInput } from '../inputs.ts';
import { UserError } from './errors.ts';
import type { StartedLoad } from './start-load.ts';

const STATUS_WORDS: Record<string, string> = {
  COMPLETED: 'it is complete',
  FAILED: 'it has failed',
  CANCELLED: 'it was cancelled',
  TERMINATED: 'it was terminated',
};

/** The load with this workflow id, running or ended; its months are read from its own input. */
export async function findLoad(client: Client, workflowId: string): Promise<StartedLoad> {
  const handle = client.workflow.getHandle(workflowId);
  const description = await describe(client, workflowId);
  const { events } = await handle.fetchHistory();
  const payload = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0];
  const input = payload == null ? undefined : defaultPayloadConverter.fromPayload<unknown>(payload);
  const load = { workflowId, runId: description.runId, attached: true };
  try {
    return { ...load, ...askedFor(description.type, input) };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new UserError(`${workflowId} was started with an input that no load begins with: ${error.message}`);
  }
}

/** The run of a workflow id that runs now. Throws a UserError if none does. */
export async function findRunning(client: Client, workflowId: string): Promise<{ runId: string }> {
  const { status, runId } = await describe(client, workflowId);
  if (status.name === 'RUNNING' || status.name === 'PAUSED') return { runId };
  throw new UserError(`${workflowId} does not run any more (${STATUS_WORDS[status.name] ?? status.name})`);
}

/** Which of these workflow ids have a run that runs now. */
export async function findAllRunning(client: Client, workflowIds: readonly string[]): Promise<string[]> {
  const running = await Promise.all(
    workflowIds.map((id) =>
      findRunning(client, id).then(
        () => true,
        (error: unknown) => {
          if (error instanceof UserError) return false;
          throw error;
        },
      ),
    ),
  );
  return workflowIds.filter((_, i) => running[i]);
}

async function describe(client: Client, workflowId: string): Promise<WorkflowExecutionDescription> {
  try {
    return await client.workflow.getHandle(workflowId).describe();
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    throw new UserError(
      `Temporal knows no workflow ${workflowId}; see \`fareflow status\` and \`fareflow loads\``,
    );
  }
}

function askedFor(type: string, input: unknown): Pick<StartedLoad, 'type' | 'dataset' | 'months'> {
  const now = new Date();
  if (type === 'loadMonth') {
    const { dataset, month } = parseLoadMonthInput(input, now);
    return { type, dataset, months: [month] };
  }
  if (type === 'loadMonths') {
    const { dataset, months } = parseLoadMonthsInput(input, now);
    return { type, dataset, months };
  }
  throw new UserError(`it is a workflow of type ${type}, not a load`);
}
