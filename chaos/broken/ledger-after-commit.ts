import type { Patch } from '../program.ts';

/** The rows are committed first, and the ledger is told of them in a transaction of its own. */
export const ledgerAfterCommit: readonly Patch[] = [
  {
    file: 'activities/merge-staging.js',
    from: 'return reportOf(await writeLedger(client, deps, step, input, counts, begun));',
    to: 'await client.query("commit"); await client.query("begin");\n                return reportOf(await writeLedger(client, deps, step, input, counts, begun));',
  },
];
