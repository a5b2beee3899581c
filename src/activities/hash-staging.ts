import { ApplicationFailure } from '@temporalio/common';
import { FailureType } from '../contract.ts';
import { datasetOf } from '../datasets/index.ts';
import { pickupOf } from '../database/columns.ts';
import { type Client, withTransaction } from '../database/pool.ts';
import { stagingTable, type TableName } from '../database/sql.ts';
import {
  addPrimaryKey,
  findMonthlessPickup,
  keepIdentity,
  lockStaging,
  setOutsideRowsApart,
  writeFacts,
} from '../database/staging.ts';
import { resolveTwins } from '../database/twins.ts';
import type { Dataset } from '../datasets/index.ts';
import type { Deps } from './deps.ts';
import { isUniqueViolation } from './failures.ts';
import { runStep } from './step.ts';
import type { HashInput, HashResult } from './steps.ts';

/**
 * Makes every row's identity unique and sets the rows outside the month apart, in one transaction that leaves its
 * findings with the table: run again, it only reads them.
 */
export function createHashStaging(deps: Deps): (input: HashInput) => Promise<HashResult> {
  return async function hashStaging(input) {
    return runStep(input, async (step) => {
      const begun = Date.now();
      const dataset = datasetOf(input);
      const staging = stagingTable(dataset, input.month, input.loadId);
      const use = { name: `hash ${input.dataset} ${input.month}`, signal: step.signal };
      const hashed = withTransaction(deps.pool, use, async (client) => {
        const facts = await lockStaging(client, staging);
        if (facts.hashed !== undefined) return facts.hashed;
        const twins = await makeUnique(client, dataset, staging);
        const outside = await setOutsideRowsApart(client, dataset, staging, input.month, facts);
        await refuseMonthlessRows(client, dataset, staging);
        const found = { ...twins, ...outside };
        await writeFacts(client, staging, { ...facts, hashed: found });
        return found;
      });
      return { ...(await step.beatWhile({ step: 'hash' }, hashed)), durationMs: Date.now() - begun };
    });
  };
}

/**
 * Most files hold no identity twice, and building the unique index is how one finds out: only if that fails are
 * the twins looked for.
 */
async function makeUnique(
  client: Client,
  dataset: Dataset,
  staging: TableName,
): Promise<{ duplicates: number; keyTwins: number }> {
  // The default of 64 MB sorts a month on disk.
  await client.query("set local maintenance_work_mem = '512MB'");
  await keepIdentity(client, staging);
  await client.query('savepoint before_key');
  try {
    await addPrimaryKey(client, dataset, staging);
    return { duplicates: 0, keyTwins: 0 };
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
  }
  await client.query('rollback to savepoint before_key');
  const twins = await resolveTwins(client, dataset, staging);
  await addPrimaryKey(client, dataset, staging);
  return twins;
}

/** A row must be found again when its month is loaded. */
async function refuseMonthlessRows(client: Client, dataset: Dataset, staging: TableName): Promise<void> {
  const pickup = await findMonthlessPickup(client, dataset, staging);
  if (pickup === undefined) return;
  throw ApplicationFailure.nonRetryable(
    `column ${pickupOf(dataset)}: ${pickup} lies in no month of the years 1 to 9999; the table is untouched`,
    FailureType.BadRow,
    { line: null, column: pickupOf(dataset), value: pickup },
  );
}
