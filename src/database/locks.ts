/**
 * Advisory locks, held to the end of the transaction: of the migration, of turns, and of the merge. Months are always locked in ascending order and
 * before the partition set, so two merges never wait for each other in a circle.
 */
import type { MonthString } from '../contract.ts';
import type { Dataset } from '../datasets/index.ts';
import { periodNumber } from '../datasets/period.ts';
import type { Client } from './pool.ts';

/** Any number that no other program is likely to lock. */
const MIGRATION_LOCK = 7_031_994_115;
const TURNS_LOCK = 7_031_994_116;

/** The second key of the lock on a data set's partitions; months have numbers above it. */
const PARTITION_SET = 0;

/** Waits until nobody else makes or changes tables. */
export async function lockMigration(client: Client): Promise<void> {
  await client.query('select pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
}

/** Waits until nobody else gives loads their turns. */
export async function lockTurns(client: Client): Promise<void> {
  await client.query('select pg_advisory_xact_lock($1)', [TURNS_LOCK]);
}

/** Waits until no other load can change rows of these months, in whatever table they are. */
export async function lockMonths(
  client: Client,
  dataset: Dataset,
  months: readonly MonthString[],
): Promise<void> {
  const numbers = [...new Set(months.map((month) => periodNumber(dataset, month)))].sort((a, b) => a - b);
  for (const number of numbers) {
    await client.query('select pg_advisory_xact_lock(hashtext($1), $2)', [dataset.table, number]);
  }
}

/**
 * Shared: no partition comes or goes meanwhile. Exclusive: nobody else is changing rows of the default partition,
 * on which attaching takes a lock that would end in a deadlock with theirs.
 */
export async function lockPartitionSet(
  client: Client,
  dataset: Dataset,
  mode: 'shared' | 'exclusive',
): Promise<void> {
  const lock = mode === 'shared' ? 'pg_advisory_xact_lock_shared' : 'pg_advisory_xact_lock';
  await client.query(`select ${lock}(hashtext($1), $2)`, [dataset.table, PARTITION_SET]);
}
