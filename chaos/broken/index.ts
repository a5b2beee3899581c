/** Ways to break exactly-once on purpose. The harness must notice each of them, or it proves nothing. */
import type { Patch } from '../program.ts';
import type { Emphasis } from '../faults.ts';
import { ledgerAfterCommit } from './ledger-after-commit.ts';
import { mergeWithoutTransaction } from './merge-without-transaction.ts';
import { sharedStaging } from './shared-staging.ts';

/** A program that is wrong. */
export interface BrokenVariant {
  name: string;
  patches: readonly Patch[];
  /** Where faults find it out soonest. */
  emphasis: Emphasis;
}

export const brokenVariants: readonly BrokenVariant[] = [
  { name: 'merge-without-transaction', patches: mergeWithoutTransaction, emphasis: 'merge' },
  { name: 'shared-staging', patches: sharedStaging, emphasis: 'copy' },
  { name: 'ledger-after-commit', patches: ledgerAfterCommit, emphasis: 'merge' },
];
