import { findLoadOfRun, reportOf } from '../database/ledger.ts';
import { dropStagingTable, listStaging } from '../database/staging.ts';
import { endTurn } from '../database/turns.ts';
import { removePartials, removeWhole } from '../source/cache.ts';
import type { Deps } from './deps.ts';
import { runStep } from './step.ts';
import type { DropInput, DropResult } from './steps.ts';

/**
 * Drops whatever staging tables the load has left, its attempts' lost ones too, and its files on this host. What is
 * in the ledger then is how the load ended: a merge that still runs has lost its table.
 */
export function createDropStaging(deps: Deps): (input: DropInput) => Promise<DropResult> {
  return async function dropStaging(input) {
    return runStep(input, async ({ run }) => {
      // First what takes up the most room and asks nobody's leave.
      await removePartials(deps.cache, run.runId);
      if (input.sha256 !== null) await removeWhole(deps.cache, input.sha256);
      for (const { table, owner } of await listStaging(deps.pool)) {
        if (owner?.runId === run.runId) await dropStagingTable(deps.pool, table);
      }
      await endTurn(deps.pool, run.runId);
      const entry = await findLoadOfRun(deps.pool, run.runId);
      return { loaded: entry === undefined ? null : reportOf(entry) };
    });
  };
}
