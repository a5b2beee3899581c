import { dropStagingTable, listStaging } from '../database/staging.ts';
import { removePartials, removeWhole } from '../source/cache.ts';
import type { Deps } from './deps.ts';
import { runStep } from './step.ts';
import type { DropInput } from './steps.ts';

/** Drops whatever staging tables the load has left, its attempts' lost ones too, and its files on this host. */
export function createDropStaging(deps: Deps): (input: DropInput) => Promise<void> {
  return async function dropStaging(input) {
    return runStep(input, async ({ run }) => {
      for (const { table, owner } of await listStaging(deps.pool)) {
        if (owner?.runId === run.runId) await dropStagingTable(deps.pool, table);
      }
      await removePartials(deps.cache, run.runId);
      if (input.sha256 !== null) await removeWhole(deps.cache, input.sha256);
    });
  };
}
