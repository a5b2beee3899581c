import { getClient } from '@temporalio/activity';
import {
  ApplicationFailure,
  ApplicationFailureCategory,
  defineSearchAttributeKey,
  SearchAttributeType,
  WorkflowNotFoundError,
} from '@temporalio/common';
import { CHECK_NOW_UPDATE, type CheckNowResult, SearchAttribute } from '../contract.ts';
import { runStep } from './step.ts';
import type { AwaitLoadInput, AwaitLoadResult } from './steps.ts';

/** How often a running load is looked at. */
const LOOK_EVERY_MS = 2_000;

const loadStatus = defineSearchAttributeKey(SearchAttribute.LoadStatus, SearchAttributeType.KEYWORD);

/**
 * Ends when a month's load that somebody else started has ended, however that was; or, if it waits for the month to be
 * published and a look shows that it still is not, with what is to be said of it. While it runs, this fails and is
 * retried: so waiting takes up neither a worker's slot nor the history.
 */
export async function awaitLoad(input: AwaitLoadInput): Promise<AwaitLoadResult | undefined> {
  return runStep(input, async () => {
    const handle = getClient().workflow.getHandle(input.workflowId);
    try {
      const { status, typedSearchAttributes } = await handle.describe();
      if (status.name !== 'RUNNING' && status.name !== 'PAUSED') return undefined;
      if (typedSearchAttributes.get(loadStatus) === 'waiting' && input.untilPublished !== true) {
        const { phase, report } = await handle.executeUpdate<CheckNowResult, []>(CHECK_NOW_UPDATE);
        if (phase === 'waiting' && report !== null) return { notPublished: report };
      }
    } catch (error) {
      // Temporal forgets what has ended.
      if (error instanceof WorkflowNotFoundError) return undefined;
      throw error;
    }
    throw ApplicationFailure.create({
      message: `waiting for ${input.workflowId}, which somebody else has started`,
      type: 'StillRunning',
      nextRetryDelay: LOOK_EVERY_MS,
      category: ApplicationFailureCategory.BENIGN,
    });
  });
}
