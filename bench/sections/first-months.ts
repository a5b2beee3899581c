/** A new month, each way in turns: nothing is there yet, or nothing that matters. */
import { bareCopy } from '../bare-copy.ts';
import { createDatabase, dropDatabase } from '../connection.ts';
import { loadThroughTemporal, type MeasuredLoad } from '../fareflow.ts';
import type { BenchFiles } from '../files.ts';
import { parquetTemplate } from '../parquet-files.ts';
import { type BenchStack, withWorker } from '../stack.ts';
import { dropTarget, type PipelineRun, prepareTarget, runPipeline, taught } from '../taught.ts';

export interface FirstMonths {
  /** Milliseconds of a bare COPY over one connection, and over two. */
  bare: number[];
  bareByTwo: number[];
  taught: PipelineRun[];
  csv: MeasuredLoad[];
  parquet: MeasuredLoad[];
}

/** Loads `repeat` months each way, one month after the other. */
export async function firstMonths(
  stack: BenchStack,
  files: BenchFiles,
  repeat: number,
): Promise<FirstMonths> {
  const found: FirstMonths = { bare: [], bareByTwo: [], taught: [], csv: [], parquet: [] };
  const warm = files.months[0]?.csv ?? '';
  // A fresh cluster gets faster as its WAL files come to be used again.
  for (let i = 0; i < 3; i++) await bareCopy(stack.databaseUrl, warm);
  const csvUrl = await createDatabase(stack.databaseUrl, 'first_csv');
  const parquetUrl = await createDatabase(stack.databaseUrl, 'first_parquet');
  for (const { month, csv } of files.months.slice(0, repeat)) {
    found.bare.push(await bareCopy(stack.databaseUrl, csv));
    found.bareByTwo.push(await bareCopy(stack.databaseUrl, csv, 2));
    await prepareTarget(stack.databaseUrl, taught);
    found.taught.push(await runPipeline(stack.databaseUrl, taught, csv));
    await dropTarget(stack.databaseUrl);
    found.csv.push(await loadInto(csvUrl, 'csv', month));
    found.parquet.push(await loadInto(parquetUrl, 'parquet', month));
  }
  for (const name of ['first_csv', 'first_parquet']) await dropDatabase(stack.databaseUrl, name);
  return found;

  async function loadInto(
    databaseUrl: string,
    source: 'csv' | 'parquet',
    month: string,
  ): Promise<MeasuredLoad> {
    const sources = { FAREFLOW_CSV_URL: files.urlTemplate, FAREFLOW_PARQUET_URL: parquetTemplate };
    return withWorker({ ...stack, databaseUrl }, sources, (worker) =>
      loadThroughTemporal(worker, 'yellow', month, { source }),
    );
  }
}
