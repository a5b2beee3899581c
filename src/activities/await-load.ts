import { getClient } from '@temporalio/activity';
import { ApplicationFailure, ApplicationFailureCategory, WorkflowNotFoundError } from '@temporalio/common';
import { runStep } from './step.ts';
import type { AwaitLoadInput } from './steps.ts';

/** How often a running load is looked at. */
const LOOK_EVERY_MS = 2_000;

/**
 * Ends when a month's load that somebody else started has ended, however that was. While it runs, this fails and
 * is retried: so waiting takes up neither a worker's slot nor the history.
 */
export async function awaitLoad(input: AwaitLoadInput): Promise<void> {
  return runStep(input, async () => {
    if (!(await isRunning(input.workflowId))) return;
    throw ApplicationFailure.create({
      message: `waiting for ${input.workflowId}, which somebody else has started`,
      type: 'StillRunning',
      nextRetryDelay: LOOK_EVERY_MS,
      category: ApplicationFailureCategory.BENIGN,
    });
  });
}

async function isRunning(workflowId: string): Promise<boolean> {
  try {
    const { status } = await getClient().workflow.getHandle(workflowId).describe();
    return status.name === 'RUNNING' || status.name === 'PAUSED';
  } catch (error) {
    // Temporal forgets what has ended.
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}
