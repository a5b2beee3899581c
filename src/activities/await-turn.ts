import { getClient } from '@temporalio/activity';
import { ApplicationFailure, ApplicationFailureCategory, WorkflowNotFoundError } from '@temporalio/common';
import { withTransaction } from '../database/pool.ts';
import { endTurn, listTurns, takeTurn, type TurnAnswer } from '../database/turns.ts';
import type { Deps } from './deps.ts';
import { runStep, type Step } from './step.ts';
import type { TurnInput } from './steps.ts';

/** Whoever is next in line asks most often. */
const ASK_EVERY_MS = 1_000;
const LATER_BY_MS = 500;
const ASK_AT_LEAST_EVERY_MS = 20_000;
/** A turn that is younger is not doubted. */
const DOUBT_AFTER_MS = 10_000;

/**
 * Ends when the load may begin to work in the database. Until then it fails and is retried, so that waiting takes up
 * neither a worker's slot nor the history.
 */
export function createAwaitTurn(deps: Deps): (input: TurnInput) => Promise<void> {
  return async function awaitTurn(input) {
    const { maxLoads } = deps;
    if (maxLoads === undefined) return;
    return runStep(input, async (step) => {
      const ask = () => askForTurn(deps, step, input, maxLoads);
      let answer = await ask();
      const isNext = !answer.began && answer.ahead === 0;
      if (isNext && (await endTurnsOfEndedLoads(deps, step))) answer = await ask();
      if (answer.began) return;
      const { underWay, ahead } = answer;
      throw ApplicationFailure.create({
        message: `waiting for its turn: ${underWay} loads are under way, and ${ahead} wait before this one`,
        type: 'NoTurnYet',
        nextRetryDelay: Math.min(ASK_EVERY_MS + ahead * LATER_BY_MS, ASK_AT_LEAST_EVERY_MS),
        category: ApplicationFailureCategory.BENIGN,
      });
    });
  };
}

function askForTurn(deps: Deps, step: Step, input: TurnInput, limit: number): Promise<TurnAnswer> {
  const use = { name: `turn ${input.dataset} ${input.month}`, signal: step.signal };
  return withTransaction(deps.pool, use, (client) => takeTurn(client, step.run, input.priority, limit));
}

/** A load that was terminated cleared nothing up. Whether it has ended, only its own Temporal can say. */
async function endTurnsOfEndedLoads({ pool }: Deps, { run }: Step): Promise<boolean> {
  let ended = false;
  for (const turn of await listTurns(pool)) {
    if (turn.namespace !== run.namespace || (turn.beganMsAgo ?? 0) < DOUBT_AFTER_MS) continue;
    if (await isRunning(turn.workflowId, turn.runId)) continue;
    await endTurn(pool, turn.runId);
    ended = true;
  }
  return ended;
}

async function isRunning(workflowId: string, runId: string): Promise<boolean> {
  try {
    const { status } = await getClient().workflow.getHandle(workflowId, runId).describe();
    return status.name === 'RUNNING' || status.name === 'PAUSED';
  } catch (error) {
    // Another cluster may know it, which has a namespace of the same name.
    if (error instanceof WorkflowNotFoundError) return true;
    throw error;
  }
}
