/** The files of a run: real-format months in versions that differ a little, and that share rows with their neighbours. */
import { createHash } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import type { MonthString, SourceFormat } from '../src/contract.ts';
import { hashNumber } from '../src/mirror/random.ts';
import { type ChaosDataset, chaosDataset } from './datasets.ts';
import { changed, spoiltRow } from './edits.ts';
import type { Reply } from './replies.ts';
import { baseText, type FileText } from './texts.ts';

/** What is wrong with one version of a file: rows that do not fit, or nearly all of another month. */
export type Flaw = 'bad-rows' | 'other-month';

/** A month's file in all its versions; each of them differs a little from the one before. */
export interface PlannedFile {
  dataset: ChaosDataset;
  month: MonthString;
  /** Published as each of these kinds. */
  formats: SourceFormat[];
  rows: number;
  versions: number;
  seed: number;
  flaw?: { version: number; kind: Flaw } | undefined;
  /** What identifies a version over HTTP. */
  etag: 'strong' | 'weak' | 'none';
  /** How the source answers the first requests; all that follow are answered as they should be. */
  replies: Reply[];
}

/** One version of a month's file, as one kind. */
export interface FileVersion {
  bytes: Buffer;
  sha256: string;
}

/** A month's file and all its versions, the first of them published. */
export interface RunFile {
  plan: PlannedFile;
  versions: Partial<Record<SourceFormat, FileVersion>>[];
  published: number;
}

/** Where a version of a file is kept for the truth to read. */
export function pathOfVersion(directory: string, sha256: string): string {
  return join(directory, `${sha256}.version`);
}

/** Generates every version of the files, and keeps each on disk under its SHA-256. */
export async function makeFiles(plans: readonly PlannedFile[], directory: string): Promise<RunFile[]> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const duck = await instance.connect();
  try {
    const files: RunFile[] = [];
    for (const plan of plans) {
      const file: RunFile = { plan, versions: [], published: 0 };
      for (let version = 0; version < plan.versions; version++) {
        const made: RunFile['versions'][number] = {};
        for (const format of plan.formats) {
          const bytes = await bytesOf(textOf(plan, format, version), format, duck, directory);
          const sha256 = createHash('sha256').update(bytes).digest('hex');
          await writeFile(pathOfVersion(directory, sha256), bytes);
          made[format] = { bytes, sha256 };
        }
        file.versions.push(made);
      }
      files.push(file);
    }
    return files;
  } finally {
    duck.closeSync();
    instance.closeSync();
  }
}

async function bytesOf(
  { head, types, rows }: FileText,
  format: SourceFormat,
  duck: DuckDBConnection,
  directory: string,
): Promise<Buffer> {
  const text = [head + (rows[0] ?? ''), ...rows.slice(1), ''].join('\r\n');
  if (format === 'csv') return gzipSync(text, { level: 1 });
  const [csv, parquet] = [join(directory, 'next.csv'), join(directory, 'next.parquet')];
  await writeFile(csv, text);
  const columns = types.map(([name, type]) => `'${name}': '${type}'`).join(', ');
  await duck.run(
    `copy (from read_csv('${csv}', auto_detect = false, header = true, delim = ',', quote = '"', new_line = '\\r\\n', columns = {${columns}}))
     to '${parquet}' (format parquet, row_group_size 2048)`,
  );
  const bytes = await readFile(parquet);
  await Promise.all([rm(csv), rm(parquet)]);
  return bytes;
}

/** Of a hundred rows in every version after the first, those with another amount, those left out and those added. */
const CHANGED = 3;
const LEFT_OUT = 1;
const ADDED = 2;
/** Rows that a month's file has in common with those of the months next to it. */
const SHARED = 40;
const BAD = 5;
const OTHER_MONTH = 6;

function textOf(plan: PlannedFile, format: SourceFormat, version: number): FileText {
  const flaw = plan.flaw?.version === version ? plan.flaw.kind : undefined;
  if (flaw === 'other-month') return baseText({ ...plan, format, distance: OTHER_MONTH });
  const base = baseText({ ...plan, format });
  const rows = base.rows.flatMap((row, i) => {
    // Whatever a version changes stays so in those that follow.
    let kept: string | undefined = row;
    for (let v = 1; v <= version && kept !== undefined; v++) {
      const lot = (hashNumber(plan.seed + v, i) >>> 0) % 100;
      if (lot < LEFT_OUT) kept = undefined;
      else if (lot < LEFT_OUT + CHANGED) kept = changed(base, kept, v);
    }
    return kept === undefined ? [] : [kept];
  });
  for (let v = 1; v <= version; v++) {
    const added = Math.ceil((plan.rows * ADDED) / 100);
    rows.push(...baseText({ ...plan, format, rows: added, seed: plan.seed + 7_777 * v }).rows);
  }
  rows.push(...shared(plan, format, base, version));
  if (flaw === 'bad-rows') {
    const dataset = chaosDataset(plan.dataset);
    for (let i = 0; i < BAD; i++) {
      const at = (hashNumber(plan.seed, i) >>> 0) % rows.length;
      rows[at] = spoiltRow(dataset, base, rows[at] as string, i);
    }
  }
  return { ...base, rows };
}

/** Rows of the months before, of and after: as they stand in that month's own file, or with another amount. */
function shared(plan: PlannedFile, format: SourceFormat, base: FileText, version: number): string[] {
  const { dataset, month } = plan;
  // One file that holds everything has no neighbours.
  if (dataset === 'zones') return [];
  return [-1, 0, 1].flatMap((distance) => {
    const { rows } = baseText({ dataset, month, format, rows: SHARED, seed: 1, distance });
    if (distance === 0) return rows;
    return rows
      .slice(version, version + SHARED / 2)
      .map((row, i) => (i % 3 === 0 ? row : changed(base, row, version + 10 + distance)));
  });
}
