/** A year through fareflow, into a database of its own. */
import { createDatabase, dropDatabase, walBytes, withConnection } from '../connection.ts';
import { loadRange, loadThroughTemporal, type MeasuredLoad } from '../fareflow.ts';
import type { BenchFiles } from '../files.ts';
import { watchServer } from '../memory.ts';
import { parquetTemplate } from '../parquet-files.ts';
import { type BenchStack, type WorkerStack, withWorker } from '../stack.ts';

/** How a year is loaded. */
export interface Way {
  name: string;
  source: 'csv' | 'parquet';
  /** How many months at a time. */
  width: number;
}

export interface Year extends Way {
  totalMs: number;
  /** The single months, where they were loaded one after the other. */
  months: MeasuredLoad[];
  workerPeakMb: number | null;
  serverPeakMb: number | null;
  walBytesPerRow: number;
  /** Bytes of the table with its index. */
  tableBytesPerRow: number;
}

/** Loads every month. */
export async function year(stack: BenchStack, files: BenchFiles, way: Way): Promise<Year> {
  const database = 'year';
  const databaseUrl = await createDatabase(stack.databaseUrl, database);
  const sources = { FAREFLOW_CSV_URL: files.urlTemplate, FAREFLOW_PARQUET_URL: parquetTemplate };
  const found = await withWorker({ ...stack, databaseUrl }, sources, async (worker) => {
    const walBefore = await withConnection(databaseUrl, walBytes);
    const { result: months, peakMb } = await watchServer(databaseUrl, () => load(worker));
    const { wal, table, rows } = await withConnection(databaseUrl, async (client) => {
      const size = await client.query<{ bytes: string; rows: string }>(
        `select sum(pg_total_relation_size(relid)) as bytes, (select count(*) from yellow_tripdata) as rows
         from pg_partition_tree('yellow_tripdata')`,
      );
      return {
        wal: (await walBytes(client)) - walBefore,
        table: Number(size.rows[0]?.bytes),
        rows: Number(size.rows[0]?.rows),
      };
    });
    return {
      ...way,
      ...months,
      workerPeakMb: await worker.workerPeakMb(),
      serverPeakMb: peakMb,
      walBytesPerRow: Math.round(wal / rows),
      tableBytesPerRow: Math.round(table / rows),
    };
  });
  await dropDatabase(stack.databaseUrl, database);
  process.stderr.write(`${way.name}: ${found.totalMs} ms\n`);
  return found;

  async function load(worker: WorkerStack): Promise<{ totalMs: number; months: MeasuredLoad[] }> {
    const names = files.months.map(({ month }) => month);
    const { source, width } = way;
    if (width > 1)
      return { totalMs: await loadRange(worker, 'yellow', names, width, { source }), months: [] };
    const months: MeasuredLoad[] = [];
    for (const month of names) months.push(await loadThroughTemporal(worker, 'yellow', month, { source }));
    return { totalMs: months.reduce((sum, { wholeMs }) => sum + wholeMs, 0), months };
  }
}
