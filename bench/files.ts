/** The files that the benchmark loads: generated once, kept between runs, the same on every machine. */
import { createWriteStream, existsSync } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { generateTrips, type TripFileOptions } from '../src/mirror/index.ts';

/** One month's file, packed for fareflow and unpacked for a bare COPY. */
export interface BenchFile {
  month: string;
  csv: string;
}

/** The files, and the template that finds them. */
export interface BenchFiles {
  months: BenchFile[];
  urlTemplate: string;
}

/** Generates what is missing of the months' files, the first few also unpacked; returns them. */
export async function prepareFiles(
  months: readonly string[],
  rows: number,
  unpacked: number,
): Promise<BenchFiles> {
  const directory = resolve('.fareflow', 'bench', `rows-${rows}`);
  await mkdir(directory, { recursive: true });
  const files: BenchFile[] = [];
  for (const month of months) {
    const csv = join(directory, `yellow_tripdata_${month}.csv`);
    const options: TripFileOptions = { dataset: 'yellow', month, rows };
    if (files.length < unpacked)
      await make(csv, () => Readable.from(generateTrips(options), { objectMode: false }));
    await make(`${csv}.gz`, () =>
      Readable.from(generateTrips(options), { objectMode: false }).pipe(createGzip({ level: 6 })),
    );
    files.push({ month, csv });
  }
  return { months: files, urlTemplate: `file://${directory}/{dataset}_tripdata_{month}.csv.gz` };
}

async function make(path: string, content: () => NodeJS.ReadableStream): Promise<void> {
  if (existsSync(path)) return;
  process.stderr.write(`generating ${path}\n`);
  await pipeline(content(), createWriteStream(`${path}.part`));
  await rename(`${path}.part`, path);
}
