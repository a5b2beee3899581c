import { createReadStream } from 'node:fs';
import { type CsvFile, headerNames, openCsv } from '../csv/records.ts';
import { matchHeader } from '../datasets/layout.ts';
import { wholePath } from '../source/cache.ts';
import { createUnpacker } from '../source/packing.ts';
import type { Fill } from './fill.ts';
import { schemaMismatch } from './schema-mismatch.ts';

/** A CSV file that is open, and what its header says. */
export interface OpenCsv {
  csv: CsvFile;
  /** The target column of each field that the header names, null for one that fills none. */
  columns: (string | null)[];
  /** How many fields without a name follow in each record. */
  surplus: number;
  ignoredColumns: string[];
}

/** Lets `work` read the file from its beginning; a header that fits no layout is a terminal failure. */
export async function readCsv<T>(
  { deps, dataset, input }: Fill,
  work: (file: OpenCsv) => Promise<T>,
): Promise<T> {
  const { file, onNewColumn } = input;
  const packed = createReadStream(wholePath(deps.cache, file.sha256), { highWaterMark: 1 << 20 });
  const unpacked = createUnpacker(file.packing ?? 'gzip', 1 << 20);
  packed.on('error', (error) => unpacked.destroy(error));
  packed.pipe(unpacked);
  try {
    const csv = await openCsv(unpacked);
    const match = matchHeader(dataset, 'csv', headerNames(csv.header), onNewColumn);
    if (!match.fits) throw schemaMismatch(dataset, file, match);
    const { columns, layout, unknown } = match;
    return await work({ csv, columns, surplus: layout.surplusFields ?? 0, ignoredColumns: unknown });
  } finally {
    packed.destroy();
    unpacked.destroy();
  }
}
