/** The files of a run: real-format months in versions that differ a little, and that share rows with their neighbours. */
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { generateTrips, type TripFileOptions } from '../src/mirror/index.ts';
import { addMonths } from '../src/datasets/month.ts';
import { hashNumber } from '../src/mirror/random.ts';
import type { MirroredDataset } from '../src/mirror/index.ts';
import type { MonthString } from '../src/contract.ts';
import type { Reply } from './replies.ts';

/** A month's file in all its versions; each of them differs a little from the one before. */
export interface PlannedFile {
  dataset: MirroredDataset;
  month: MonthString;
  rows: number;
  versions: number;
  seed: number;
  /** What identifies a version over HTTP. */
  etag: 'strong' | 'weak' | 'none';
  /** How the source answers the first requests; all that follow are answered as they should be. */
  replies: Reply[];
}

/** One version of a month's file. */
export interface FileVersion {
  bytes: Buffer;
  sha256: string;
}

/** A month's file and all its versions, the first of them published. */
export interface RunFile {
  plan: PlannedFile;
  versions: FileVersion[];
  published: number;
}

/** Generates every version of the files, and keeps each on disk under its SHA-256, for the truth to read. */
export async function makeFiles(plans: readonly PlannedFile[], directory: string): Promise<RunFile[]> {
  const files: RunFile[] = [];
  for (const plan of plans) {
    const versions: FileVersion[] = [];
    for (let version = 0; version < plan.versions; version++) {
      const bytes = gzipSync(textOf(plan, version), { level: 1 });
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      await writeFile(join(directory, `${sha256}.csv.gz`), bytes);
      versions.push({ bytes, sha256 });
    }
    files.push({ plan, versions, published: 0 });
  }
  return files;
}

/** Of a hundred rows in every version after the first, those with another amount, those left out and those added. */
const CHANGED = 3;
const LEFT_OUT = 1;
const ADDED = 2;
/** Rows that a month's file has in common with those of the months next to it. */
const SHARED = 40;

function textOf(plan: PlannedFile, version: number): string {
  const [header = '', ...base] = linesOf(plan);
  const rows = base.flatMap((row, i) => {
    // Whatever a version changes stays so in those that follow.
    let kept: string | undefined = row;
    for (let v = 1; v <= version && kept !== undefined; v++) {
      const lot = (hashNumber(plan.seed + v, i) >>> 0) % 100;
      if (lot < LEFT_OUT) kept = undefined;
      else if (lot < LEFT_OUT + CHANGED) kept = withTip(header, kept, v);
    }
    return kept === undefined ? [] : [kept];
  });
  for (let v = 1; v <= version; v++) {
    const added = Math.ceil((plan.rows * ADDED) / 100);
    rows.push(...linesOf({ ...plan, rows: added, seed: plan.seed + 7_777 * v }).slice(1));
  }
  rows.push(...shared(plan, header, version));
  return [header, ...rows, ''].join('\r\n');
}

/** Rows of the months before, of and after: as they stand in that month's own file, or with another amount. */
function shared({ dataset, month }: PlannedFile, header: string, version: number): string[] {
  return [-1, 0, 1].flatMap((distance) => {
    const common = { dataset, month: addMonths(month, distance), rows: SHARED, seed: 1 };
    const rows = linesOf(common).slice(1);
    if (distance === 0) return rows;
    return rows
      .slice(version, version + SHARED / 2)
      .map((row, i) => (i % 3 === 0 ? row : withTip(header, row, version + 10 + distance)));
  });
}

function linesOf({
  dataset,
  month,
  rows,
  seed,
}: Pick<PlannedFile, 'dataset' | 'month' | 'rows' | 'seed'>): string[] {
  const special = rows < 100 ? {} : { keyTwins: 5, exactDuplicates: 4, outsideMonth: 6 };
  const options: TripFileOptions = { dataset, month, rows, seed, ...special };
  const text = Buffer.concat([...generateTrips(options)]).toString('latin1');
  return text.trimEnd().split('\r\n');
}

/** The row with another tip, which is no part of any key. */
function withTip(header: string, row: string, cents: number): string {
  const place = header.split(',').indexOf('tip_amount');
  return row
    .split(',')
    .map((value, i) => (i === place ? String(1_000 + cents / 100) : value))
    .join(',');
}
