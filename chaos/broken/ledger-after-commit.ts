import type { Patch } from '../program.ts';

/** The rows are committed first, and the ledger is told of them in a transaction of its own. */
export const ledgerAfterCommit: readonly Patch[] = [
  {
    file: 'activities/merge-staging.js',
    from: 'const entry = await writeLedger(',
    to: 'await client.query("commit"); await client.query("begin");\n                const entry = await writeLedger(',
  },
];
