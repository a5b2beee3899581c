import type { Patch } from '../program.ts';

/** The merge's statements each commit for themselves: whoever dies between two of them leaves half a merge. */
export const mergeWithoutTransaction: readonly Patch[] = [
  { file: 'activities/merge-staging.js', from: 'withTransaction }', to: 'withClient }' },
  { file: 'activities/merge-staging.js', from: 'withTransaction(deps.pool', to: 'withClient(deps.pool' },
];
