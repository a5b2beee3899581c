/** Tens of millions of rows in two years' months: whether a month's cost and the worker's memory stay as they are. */
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { prepareFiles } from '../files.ts';
import { loadThroughTemporal, type MeasuredLoad } from '../fareflow.ts';
import { withBenchStack } from '../stack.ts';

export interface ManyRows {
  rows: number;
  months: (MeasuredLoad & { workerPeakMb: number | null })[];
}

/** Loads the months one after the other; each file is made before and removed after it is loaded, since disks are small. */
export async function manyRows(months: readonly string[], rowsAMonth: number): Promise<ManyRows> {
  const { urlTemplate } = await prepareFiles([], rowsAMonth, 0);
  return withBenchStack({ FAREFLOW_CSV_URL: urlTemplate }, async (worker) => {
    const found: ManyRows = { rows: 0, months: [] };
    for (const month of months) {
      await prepareFiles([month], rowsAMonth, 0);
      const load = await loadThroughTemporal(worker, 'yellow', month);
      await rm(fileURLToPath(urlTemplate.replace('{dataset}', 'yellow').replace('{month}', month)));
      found.rows += load.rows;
      found.months.push({ ...load, workerPeakMb: await worker.workerPeakMb() });
      process.stderr.write(`${month}: ${load.wholeMs} ms\n`);
    }
    return found;
  });
}
