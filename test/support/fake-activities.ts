/** Activities that do no work and answer what a small month's would, with fixed figures. */
import type {
  Activities,
  CachedFile,
  CopyResult,
  HashResult,
  MergeInput,
  MonthRef,
} from '../../src/activities/index.ts';
import { type LoadReport, noRows } from '../../src/contract.ts';

export const ROWS = 5;

/** The file that a fake download finds. */
export function fakeFile({ dataset, month }: MonthRef, fileQueue: string): CachedFile {
  const filename = `${dataset}_tripdata_${month}.csv.gz`;
  return {
    fileQueue,
    filename,
    source: 'csv',
    sourceUrl: `https://mirror.example/${filename}`,
    etag: `"${month}"`,
    lastModified: null,
    sha256: month.replace('-', '').padStart(64, '0'),
    bytes: 1_000,
    unpackedBytes: 4_000,
  };
}

/** The load that a fake copy begins. */
export function fakeCopy({ month }: { month: string }): CopyResult {
  return {
    loadId: Number(month.replace('-', '')),
    rowsCopied: ROWS,
    rejected: 0,
    ignoredColumns: [],
    durationMs: 20,
  };
}

export const fakeHash: HashResult = {
  duplicates: 1,
  keyTwins: 0,
  outsideMonth: 2,
  outsideMonths: ['2009-01'],
  durationMs: 30,
};

/** What a fake merge makes of it. */
export function fakeReport({ dataset, month, loadId, file, phases }: MergeInput): LoadReport {
  const { sourceUrl, filename, etag, sha256, bytes } = file;
  return {
    dataset,
    month,
    status: 'loaded',
    source: 'csv',
    checks: [],
    ignoredColumns: [],
    loadId,
    sourceUrl,
    filename,
    etag,
    sha256,
    bytes,
    ...noRows(),
    rowsInFile: ROWS,
    inserted: ROWS - 1,
    duplicates: 1,
    outsideMonth: 2,
    durationMs: 0,
    phases: { ...phases, merge: 40 },
  };
}

/** What the ledger says of an earlier load. */
export function fakeSkipped(input: MonthRef): LoadReport {
  const file = fakeFile(input, '');
  return {
    dataset: input.dataset,
    month: input.month,
    status: 'skipped',
    source: 'csv',
    loadId: 7,
    checks: [],
    ignoredColumns: [],
    sourceUrl: file.sourceUrl,
    filename: file.filename,
    etag: file.etag,
    sha256: file.sha256,
    bytes: file.bytes,
    ...noRows(),
    durationMs: 99,
    phases: { download: 91, copy: 92, hash: 93, merge: 94 },
  };
}

/** Every activity, faked; downloads name this queue as the file's. */
export function fakeActivities(fileQueue: string): Activities {
  return {
    download: (input) =>
      Promise.resolve({ outcome: 'fetched', file: fakeFile(input, fileQueue), durationMs: 10 }),
    awaitTurn: () => Promise.resolve(),
    copyToStaging: (input) => Promise.resolve(fakeCopy(input)),
    hashStaging: () => Promise.resolve(fakeHash),
    mergeStaging: (input) => Promise.resolve(fakeReport(input)),
    dropStaging: () => Promise.resolve({ loaded: null }),
    removeMonth: ({ dataset, month }) =>
      Promise.resolve({ dataset, month, status: 'reset', loadId: 8, removed: ROWS, durationMs: 20 }),
    awaitLoad: () => Promise.resolve(undefined),
    startScheduled: () => Promise.resolve([]),
  };
}
