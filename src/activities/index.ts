import { awaitLoad } from './await-load.ts';
import { createAwaitTurn } from './await-turn.ts';
import { createCopyToStaging } from './copy-to-staging.ts';
import type { Deps } from './deps.ts';
import { createDownload } from './download.ts';
import { createDropStaging } from './drop-staging.ts';
import { createHashStaging } from './hash-staging.ts';
import { createMergeStaging } from './merge-staging.ts';
import { startScheduled } from './start-scheduled.ts';
import { createRemoveMonth } from './remove-month.ts';

export type * from './steps.ts';

/** Every activity, in the order of the data's way. */
export function createActivities(deps: Deps) {
  return {
    download: createDownload(deps),
    awaitTurn: createAwaitTurn(deps),
    copyToStaging: createCopyToStaging(deps),
    hashStaging: createHashStaging(deps),
    mergeStaging: createMergeStaging(deps),
    dropStaging: createDropStaging(deps),
    removeMonth: createRemoveMonth(deps),
    awaitLoad,
    startScheduled,
  };
}

export type Activities = ReturnType<typeof createActivities>;
