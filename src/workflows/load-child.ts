/** One month of a range. */
import {
  ChildWorkflowCancellationType,
  executeChild,
  ParentClosePolicy,
  workflowInfo,
  WorkflowIdReusePolicy,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  type LoadMonthInput,
  loadMonthId,
  type LoadMonthsInput,
  type LoadReport,
  type MonthString,
} from '../contract.ts';
import { loadOptionsOf } from '../inputs.ts';
import { loadMonth } from './load-month.ts';
import { awaitLoad } from './proxies.ts';

/** A month of a range lets the months pass that were asked for by themselves: Temporal's default is 3. */
const BACK_FILL = { priorityKey: 4 };

/** Loads a month as a child; one that somebody else is loading is waited for, and then looked up, unless it waits itself for a publication. */
export async function loadChild(input: LoadMonthsInput, month: MonthString): Promise<LoadReport> {
  const { dataset } = input;
  const child: LoadMonthInput = { dataset, month, ...loadOptionsOf(input) };
  for (;;) {
    try {
      return await executeChild(loadMonth, {
        workflowId: loadMonthId(child),
        args: [child],
        workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
        // Terminating a child would skip its clean-up.
        parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
        cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
        staticSummary: `${dataset} ${month}`,
        // One that somebody gave the range is handed down by itself; 0 is none.
        ...(workflowInfo().priority?.priorityKey ? {} : { priority: BACK_FILL }),
      });
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      const { waitUntilPublished } = input;
      const end = await awaitLoad({
        dataset,
        month,
        workflowId: loadMonthId(child),
        ...(waitUntilPublished === true ? { untilPublished: true } : {}),
      });
      if (end?.notPublished !== undefined) return end.notPublished;
    }
  }
}
