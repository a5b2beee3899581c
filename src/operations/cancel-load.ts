/** Cancelling: the load is asked to end, and does so when its step has stopped and all is cleared up. */
import { type Client, WorkflowFailedError } from '@temporalio/client';
import { CancelledFailure } from '@temporalio/common';
import { UserError } from './errors.ts';
import { findAllRunning, findRunning } from './find-load.ts';
import { failureReason } from './load-result.ts';

/** A load that was asked to end; `ended` says how it did. */
export interface Cancellation {
  workflowId: string;
  ended: Promise<'cancelled' | { completed: true } | { failed: string }>;
}

/**
 * Asks the load of that id to end, or, where it is of several months and no load of exactly these runs, the loads of its
 * months that do.
 */
export async function cancelLoads(
  client: Client,
  workflowId: string,
  monthIds: readonly string[],
): Promise<Cancellation[]> {
  if (monthIds.length === 0) return [await cancelLoad(client, workflowId)];
  const whole = await findAllRunning(client, [workflowId]);
  const running = whole.length > 0 ? whole : await findAllRunning(client, monthIds);
  if (running.length === 0) throw new UserError(`neither ${workflowId} nor a load of one of its months runs`);
  return Promise.all(running.map((id) => cancelLoad(client, id)));
}

async function cancelLoad(client: Client, workflowId: string): Promise<Cancellation> {
  const { runId } = await findRunning(client, workflowId);
  const handle = client.workflow.getHandle(workflowId, runId);
  await handle.cancel();
  return { workflowId, ended: handle.result().then(completed, howItEnded) };
}

/** A merge that was too far gone has loaded the month. */
const completed = () => ({ completed: true }) as const;

function howItEnded(error: unknown): 'cancelled' | { failed: string } {
  const cancelled = error instanceof WorkflowFailedError && error.cause instanceof CancelledFailure;
  return cancelled ? 'cancelled' : { failed: failureReason(error) };
}
