import { randomUUID } from 'node:crypto';
import { WorkflowFailedError } from '@temporalio/client';
import { type Duration, msToTs } from '@temporalio/common/lib/time.js';
import type { Lab, WorkflowType } from './use-workflows.ts';

/** How a workflow ended: its failure, if it failed, and how many of its tasks did. */
export interface End {
  failure: unknown;
  stuck: number | undefined;
}

/** Starts a workflow with texts as its arguments, as the CLI does; one that does not end in time fails. */
export async function startWithTexts(
  lab: Lab,
  type: WorkflowType,
  texts: readonly string[],
  timeout: Duration,
): Promise<End> {
  const workflowId = `texts-${randomUUID()}`;
  const payloads = texts.map((text) => ({
    metadata: { encoding: Buffer.from('json/plain') },
    data: Buffer.from(text),
  }));
  await lab.client.workflowService.startWorkflowExecution({
    namespace: 'default',
    requestId: randomUUID(),
    workflowId,
    workflowType: { name: type },
    taskQueue: { name: lab.taskQueue },
    input: { payloads },
    workflowExecutionTimeout: msToTs(timeout),
  });
  const handle = lab.client.workflow.getHandle(workflowId);
  const failure: unknown = await handle.result().then(
    () => undefined,
    (error: unknown) => (error instanceof WorkflowFailedError ? error.cause : error),
  );
  const { events } = await handle.fetchHistory();
  // A workflow that throws anything but a failure does not fail: its task does, which is then tried for ever.
  const stuck = events?.filter(({ workflowTaskFailedEventAttributes: failed }) => failed != null).length;
  return { failure, stuck };
}
