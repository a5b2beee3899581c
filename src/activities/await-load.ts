import { getClient } from '@temporalio/activity';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import type { AwaitLoadInput } from './steps.ts';

/** How often a running load is looked at. */
const LOOK_EVERY_MS = 2_000;

/**
 * Ends when a month's load that somebody else started has ended, however that was. While it runs, this fails and
 * is retried: so waiting takes up neither a worker's slot nor the history.
 */
export async function awaitLoad({ dataset, month, workflowId }: AwaitLoadInput): Promise<void> {
  const { status } = await getClient().workflow.getHandle(workflowId).describe();
  if (status.name !== 'RUNNING') return;
  throw ApplicationFailure.create({
    message: `${dataset} ${month}: waiting for ${workflowId}, which somebody else has started`,
    type: 'StillRunning',
    nextRetryDelay: LOOK_EVERY_MS,
    category: ApplicationFailureCategory.BENIGN,
  });
}
