/** What a load leaves, and what it must not leave. */
import { expect } from 'vitest';
import type { TestDatabase } from '../support/database.ts';
import { stagingTables } from '../support/tables.ts';
import type { TestWorker } from '../support/worker-process.ts';

/** Rows of the green table and entries of the ledger. */
export async function contentOf(database: TestDatabase): Promise<{ rows: number; entries: number }> {
  const [content] = await database.query<{ rows: number; entries: number }>(
    `select (select count(*) from green_tripdata) as rows,
       (select count(*) from fareflow.loads where dataset = 'green') as entries`,
  );
  return content as { rows: number; entries: number };
}

/** No staging table and no file is left of any load. */
export async function expectNothingLeft(
  database: TestDatabase,
  ...workers: readonly TestWorker[]
): Promise<void> {
  expect(await stagingTables(database)).toEqual([]);
  expect(await Promise.all(workers.map((worker) => worker.cachedFiles()))).toEqual(workers.map(() => []));
}
