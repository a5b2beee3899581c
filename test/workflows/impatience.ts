/**
 * Bundled with the workflows in tests: retries come at once, and a queue that a test names as gone is given up
 * soon. How long a wait is is no part of what a workflow decides, so the code under test takes the same way.
 */
import type { WorkflowInterceptorsFactory } from '@temporalio/workflow';

/** The end of a queue's name that no worker of the test polls. */
const GONE = '-gone';

export const interceptors: WorkflowInterceptorsFactory = () => ({
  outbound: [
    {
      scheduleActivity(input, next) {
        const { retry, taskQueue } = input.options;
        const soon = taskQueue?.endsWith(GONE) === true ? { scheduleToStartTimeout: 200 } : {};
        const options = {
          ...input.options,
          ...soon,
          retry: { ...retry, initialInterval: 10, maximumInterval: 10 },
        };
        return next({ ...input, options });
      },
    },
  ],
});
