import { withTransaction } from '../database/pool.ts';
import { createRejected, insertRejected } from '../database/rejected.ts';
import { DEFAULT_BAD_ROW_LIMIT, isBeyond, parseBadRowLimit } from '../datasets/bad-row-limit.ts';
import type { ParquetFile } from '../parquet/open-parquet.ts';
import { explainMisfit, type MisfitRow, type Reading } from '../parquet/reading.ts';
import { badRowFailure, tooManyBadRows } from './bad-row.ts';
import type { Fill } from './fill.ts';

/** How many bad rows the message of a file that has too many of them names. */
const NAMED_ROWS = 3;

/** Sets a file's bad rows aside and returns how many; fails if they are not to be set aside, or are too many. */
export async function rejectBadRows(
  fill: Fill,
  parquet: ParquetFile,
  reading: Reading,
  rowsInFile: number,
): Promise<number> {
  const { onBadRow, maxBadRows, file } = fill.input;
  const [counted] = await parquet.rows<{ bad: string }>(reading.countBadRows);
  const total = Number(counted?.bad);
  const first = await firstMisfits(parquet, reading);
  if (onBadRow !== 'quarantine') throw badRowFailure(file, first[0] as MisfitRow, total);
  const given = maxBadRows === undefined ? undefined : parseBadRowLimit(maxBadRows);
  const limit = given ?? DEFAULT_BAD_ROW_LIMIT;
  if (isBeyond(limit, total, rowsInFile)) throw tooManyBadRows(file, limit, { first, total, rowsInFile });
  await keepMisfits(fill, parquet, reading);
  return total;
}

async function keepMisfits(
  { deps, step, dataset, staging, input: { month } }: Fill,
  parquet: ParquetFile,
  reading: Reading,
): Promise<void> {
  const use = { name: `copy ${dataset.name} ${month}`, signal: step.signal };
  await withTransaction(deps.pool, use, async (client) => {
    await createRejected(client, staging, { ...step.run, createdAt: new Date().toISOString() });
    for await (const rows of parquet.batches(reading.badRows)) {
      const misfits = rows.map((row) => explainMisfit(reading, row));
      await insertRejected(client, staging, misfits);
    }
  });
}

async function firstMisfits(parquet: ParquetFile, reading: Reading): Promise<MisfitRow[]> {
  const found: MisfitRow[] = [];
  for await (const rows of parquet.batches(`${reading.badRows} limit ${NAMED_ROWS}`))
    found.push(...rows.map((row) => explainMisfit(reading, row)));
  return found;
}
