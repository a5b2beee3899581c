import type { Client } from '@temporalio/client';
import { isGrpcServiceError, WorkflowNotFoundError } from '@temporalio/client';
import { CHECK_NOW_UPDATE, type CheckNowResult, loadMonthId, type MonthString } from '../contract.ts';
import { UserError } from './errors.ts';

/** A look takes the source's answer, and at most a quarter of a minute. */
const ANSWER_MS = 30_000;
/** gRPC's statuses of a request that took too long. */
const TOO_LATE = [1, 4];

/** Has a waiting load look now whether its month is published. */
export async function checkNow(
  client: Client,
  load: { dataset: string; month: MonthString },
): Promise<CheckNowResult> {
  const workflowId = loadMonthId(load);
  const handle = client.workflow.getHandle(workflowId);
  try {
    return await client.withDeadline(Date.now() + ANSWER_MS, () =>
      handle.executeUpdate<CheckNowResult, []>(CHECK_NOW_UPDATE),
    );
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) {
      throw new UserError(
        `${workflowId} does not run, so nothing waits for ${load.dataset} ${load.month}; load it with \`fareflow load ${load.dataset} ${load.month}\``,
      );
    }
    if (isTooLate(error)) {
      throw new UserError(
        `no worker has looked for ${load.dataset} ${load.month} within ${ANSWER_MS / 1000} s; start \`fareflow worker\`, it looks then`,
      );
    }
    throw error;
  }
}

function isTooLate(error: unknown): boolean {
  const refusal = error instanceof Error && isGrpcServiceError(error.cause) ? error.cause : error;
  if (isGrpcServiceError(refusal)) return TOO_LATE.includes(refusal.code);
  return error instanceof Error && error.name === 'WorkflowUpdateRPCTimeoutOrCancelledError';
}
