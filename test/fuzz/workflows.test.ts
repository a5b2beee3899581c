import { randomUUID } from 'node:crypto';
import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { msToTs } from '@temporalio/common/lib/time.js';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FailureType } from '../../src/contract.ts';
import { type Lab, useWorkflows, type WorkflowType } from '../workflows/use-workflows.ts';
import { anyText } from './json.ts';
import { runs } from './runs.ts';

const workflows = useWorkflows();
const REFUSALS: readonly unknown[] = [FailureType.InvalidInput, FailureType.UnknownDataset];

/** Starts a workflow with this text as its argument; tells how it ended, and how many of its tasks failed. */
async function outcome(lab: Lab, type: WorkflowType, text: string) {
  const workflowId = `fuzz-${randomUUID()}`;
  await lab.client.workflowService.startWorkflowExecution({
    namespace: 'default',
    requestId: randomUUID(),
    workflowId,
    workflowType: { name: type },
    taskQueue: { name: lab.taskQueue },
    input: { payloads: [{ metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from(text) }] },
    // A workflow that is stuck fails the test.
    workflowExecutionTimeout: msToTs('30 seconds'),
  });
  const handle = lab.client.workflow.getHandle(workflowId);
  const end: unknown = await handle.result().then(
    () => 'completed',
    (error: unknown) => (error instanceof WorkflowFailedError ? error.cause : error),
  );
  const { events } = await handle.fetchHistory();
  const stuck = events?.filter(({ workflowTaskFailedEventAttributes: failed }) => failed != null).length;
  return { end, stuck };
}

it.each(['loadMonth', 'loadMonths'] as const)(
  '%s ends whatever it is started with, JSON or not, and fails for a reason if it cannot be meant',
  async (type) => {
    await workflows.run({}, async (lab) => {
      const texts = fc.sample(anyText, runs(15));
      const ends = await Promise.all(
        texts.map(async (text) => ({ text, ...(await outcome(lab, type, text)) })),
      );
      for (const { text, end, stuck } of ends) {
        const shown = text.slice(0, 1_000);
        expect(stuck, shown).toBe(0);
        if (end === 'completed') continue;
        expect(end, shown).toBeInstanceOf(ApplicationFailure);
        expect(REFUSALS, shown).toContain((end as ApplicationFailure).type);
      }
    });
  },
);
