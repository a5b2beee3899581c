/** Steps of our own. */
import type { LoadReport } from 'fareflow/contract';

/** Brings what is computed from the table up to date. */
export async function refreshViews({ dataset }: LoadReport): Promise<void> {
  await Promise.resolve();
  console.log(`refreshed the views of ${dataset}`);
}

/** Tells everybody who waits for the month. */
export async function announce({ dataset, month, inserted }: LoadReport): Promise<void> {
  await Promise.resolve();
  console.log(`announced ${dataset} ${month}: ${inserted} new rows`);
}
