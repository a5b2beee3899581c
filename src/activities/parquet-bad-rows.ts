import { ApplicationFailure } from '@temporalio/common';
import { FailureType } from '../contract.ts';
import { withTransaction } from '../database/pool.ts';
import { createRejected, insertRejected } from '../database/rejected.ts';
import {
  type BadRowLimit,
  DEFAULT_BAD_ROW_LIMIT,
  isBeyond,
  parseBadRowLimit,
} from '../datasets/bad-row-limit.ts';
import type { ParquetFile } from '../parquet/open-parquet.ts';
import { explainMisfit, type MisfitRow } from '../parquet/reading.ts';
import type { Fill } from './fill.ts';
import type { ParquetReading } from './parquet-columns.ts';

/** Sets a file's bad rows aside and returns how many; fails if they are not to be set aside, or are too many. */
export async function rejectBadRows(
  fill: Fill,
  parquet: ParquetFile,
  reading: ParquetReading,
  rowsInFile: number,
): Promise<number> {
  const { onBadRow, maxBadRows, file } = fill.input;
  const [counted] = await parquet.rows<{ bad: string }>(reading.countBadRows);
  const bad = Number(counted?.bad);
  if (onBadRow !== 'quarantine') throw badRowFailure(file, await firstMisfit(parquet, reading), bad);
  const given = maxBadRows === undefined ? undefined : parseBadRowLimit(maxBadRows);
  const limit = given ?? DEFAULT_BAD_ROW_LIMIT;
  if (isBeyond(limit, bad, rowsInFile)) {
    throw tooManyBadRows(file, await firstMisfit(parquet, reading), { bad, rowsInFile, limit });
  }
  await keepMisfits(fill, parquet, reading);
  return bad;
}

async function keepMisfits(
  { deps, step, dataset, staging, input: { month } }: Fill,
  parquet: ParquetFile,
  reading: ParquetReading,
): Promise<void> {
  const use = { name: `copy ${dataset.name} ${month}`, signal: step.signal };
  await withTransaction(deps.pool, use, async (client) => {
    await createRejected(client, staging, { ...step.run, createdAt: new Date().toISOString() });
    for await (const rows of parquet.batches(reading.badRows)) {
      await insertRejected(
        client,
        staging,
        rows.map((row) => explainMisfit(reading, reading.columns, row)),
      );
    }
  });
}

async function firstMisfit(parquet: ParquetFile, reading: ParquetReading): Promise<MisfitRow> {
  for await (const [row] of parquet.batches(`${reading.badRows} limit 1`)) {
    if (row !== undefined) return explainMisfit(reading, reading.columns, row);
  }
  throw new Error('a row that did not fit was not found again');
}

/** The terminal failure for a file with bad rows: where the first is, and how many there are. */
function badRowFailure(
  { filename }: { filename: string },
  { line, column, value, reason }: MisfitRow,
  total: number,
): ApplicationFailure {
  const others = total === 1 ? 'it is the only one that does not fit' : `${total} rows do not fit`;
  return ApplicationFailure.nonRetryable(
    `${filename}, row ${line}, column ${column}: ${reason}; ${others}; the table is untouched; --on-bad-row quarantine sets such rows aside`,
    FailureType.BadRow,
    { line, column, value },
  );
}

function tooManyBadRows(
  { filename }: { filename: string },
  { line, column, value, reason }: MisfitRow,
  { bad, rowsInFile, limit }: { bad: number; rowsInFile: number; limit: BadRowLimit },
): ApplicationFailure {
  const most = 'rows' in limit ? String(limit.rows) : `${limit.share * 100}%`;
  return ApplicationFailure.nonRetryable(
    `${filename}: ${bad} of ${rowsInFile} rows do not fit, more than the ${most} that --max-bad-rows allows; the first is row ${line}, column ${column}: ${reason}; the table is untouched`,
    FailureType.BadRow,
    { line, column, value },
  );
}
