/** Runs the steps of a load as a worker would, against a test database and with a cache directory of their own. */
import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import {
  type Activities,
  type CachedFile,
  createActivities,
  type MergeInput,
} from '../../src/activities/index.ts';
import type { CopyInput, CopyResult, DropResult, HashResult } from '../../src/activities/steps.ts';
import { createSlots } from '../../src/activities/slots.ts';
import { loadMonthId, type LoadReport, type MonthString } from '../../src/contract.ts';
import type { Pool } from '../../src/database/pool.ts';
import type { WorkflowRun } from '../../src/database/staging.ts';
import { type FileCache, wholePath } from '../../src/source/cache.ts';

/** A file, and how it is to be loaded. */
export interface LoadingOptions {
  dataset: string;
  month: MonthString;
  /** The data set itself, if it is not a built-in one. */
  definition?: object;
  /** The file's text, if it is a CSV file. */
  csv?: string | Buffer;
  /** The file, if it is a Parquet file. */
  parquet?: Buffer;
  /** `load` by default: a file that the ledger has is skipped. */
  mode?: MergeInput['mode'];
  /** Parts of the workflow run that the load claims to be; a run id of its own by default. */
  run?: Partial<WorkflowRun>;
  labels?: Record<string, string>;
  /** What becomes of rows and columns that do not fit. */
  rules?: Pick<CopyInput, 'onBadRow' | 'maxBadRows' | 'onNewColumn'>;
  /** `gzip` by default. */
  packing?: 'gzip' | 'none';
  /** 2 by default. */
  copyConnections?: number;
}

/** A load whose steps are taken one by one. Each keeps its result for those that follow. */
export interface Loading {
  readonly run: WorkflowRun;
  readonly file: CachedFile;
  readonly cache: FileCache;
  readonly activities: Activities;
  copied: CopyResult | undefined;
  hashed: HashResult | undefined;
  /** An activity environment of this run; one cancellation is all that it takes. */
  environment(): MockActivityEnvironment;
  copy(environment?: MockActivityEnvironment): Promise<CopyResult>;
  hash(environment?: MockActivityEnvironment): Promise<HashResult>;
  merge(environment?: MockActivityEnvironment): Promise<LoadReport>;
  drop(environment?: MockActivityEnvironment): Promise<DropResult>;
  /** Removes the cache directory. */
  close(): Promise<void>;
}

/** Puts the file into a new cache and gets a load of it ready. */
export async function startLoading(database: { pool: Pool }, options: LoadingOptions): Promise<Loading> {
  const { dataset, month, mode = 'load', labels = {}, packing = 'gzip', rules = {} } = options;
  const cache = { directory: await mkdtemp(join(tmpdir(), 'fareflow-loading-')) };
  const name = `${dataset}_tripdata_${month}`;
  const file =
    options.parquet === undefined
      ? await putCsv(cache, `${name}.csv`, options.csv ?? '', packing)
      : await putFile(cache, `${name}.parquet`, 'parquet', options.parquet);
  const run = {
    namespace: 'test',
    workflowId: loadMonthId({ dataset, month }),
    runId: randomUUID(),
    ...options.run,
  };
  const activities = createActivities({
    pool: database.pool,
    cache,
    fileQueue: file.fileQueue,
    sources: { csvUrl: `file://${cache.directory}/{dataset}_tripdata_{month}.csv.gz`, allowedHosts: [] },
    worker: 'test/1',
    codeVersion: '0.0.0-test',
    copyConnections: options.copyConnections ?? 2,
    copySlots: createSlots(2),
  });
  const startedAt = new Date().toISOString();
  const ref = {
    dataset,
    month,
    ...(options.definition === undefined ? {} : { definition: options.definition }),
  };
  const loading: Loading = {
    run,
    file,
    cache,
    activities,
    copied: undefined,
    hashed: undefined,
    environment: () =>
      new MockActivityEnvironment(
        {
          namespace: run.namespace,
          workflowExecution: { workflowId: run.workflowId, runId: run.runId },
        },
        { logger: new DefaultLogger('ERROR') },
      ),
    async copy(environment = loading.environment()) {
      const copied: CopyResult = await environment.run(activities.copyToStaging, {
        ...ref,
        file,
        ...rules,
      });
      return (loading.copied = copied);
    },
    async hash(environment = loading.environment()) {
      const { loadId } = done(loading.copied);
      const hashed: HashResult = await environment.run(activities.hashStaging, { ...ref, loadId });
      return (loading.hashed = hashed);
    },
    async merge(environment = loading.environment()) {
      const { loadId, rowsCopied, rejected, ignoredColumns, durationMs: copy } = done(loading.copied);
      const hashed = done(loading.hashed);
      const phases = { download: 0, copy, hash: hashed.durationMs };
      const copied = { loadId, rowsCopied, rejected, ignoredColumns };
      const input = { ...ref, ...copied, file, hashed, mode, labels, startedAt, phases };
      return environment.run(activities.mergeStaging, input);
    },
    async drop(environment = loading.environment()) {
      return environment.run(activities.dropStaging, { dataset, month, sha256: file.sha256 });
    },
    close: () => rm(cache.directory, { recursive: true, force: true }),
  };
  return loading;
}

/** Copies and hashes a file: what is left to do is its merge. */
export async function stageFile(database: { pool: Pool }, options: LoadingOptions): Promise<Loading> {
  const loading = await startLoading(database, options);
  try {
    await loading.copy();
    await loading.hash();
    return loading;
  } catch (error) {
    await finish(loading);
    throw error;
  }
}

/** Loads a file, as a workflow of its own would: copy, hash, merge and, whatever happens, drop. */
export async function loadFile(database: { pool: Pool }, options: LoadingOptions): Promise<LoadReport> {
  const loading = await stageFile(database, options);
  try {
    return await loading.merge();
  } finally {
    await finish(loading);
  }
}

/** What a load does last, whatever happened. */
export async function finish(loading: Loading): Promise<void> {
  await loading.drop();
  await loading.close();
}

/** Packs a text, or leaves it as it is, and keeps it in the cache, as a download would. */
async function putCsv(
  cache: FileCache,
  filename: string,
  csv: string | Buffer,
  packing: 'gzip' | 'none',
): Promise<CachedFile> {
  const isPacked = packing === 'gzip';
  const content = isPacked ? gzipSync(csv, { level: 1 }) : Buffer.from(csv);
  const file = await putFile(cache, isPacked ? `${filename}.gz` : filename, 'csv', content);
  return { ...file, unpackedBytes: Buffer.byteLength(csv), packing };
}

/** Keeps a file in the cache, as a download would. */
async function putFile(
  cache: FileCache,
  filename: string,
  source: CachedFile['source'],
  content: Buffer,
): Promise<CachedFile> {
  const sha256 = createHash('sha256').update(content).digest('hex');
  await writeFile(wholePath(cache, sha256), content);
  return {
    fileQueue: 'test-files',
    source,
    sourceUrl: `file://${cache.directory}/${filename}`,
    filename,
    etag: null,
    lastModified: null,
    sha256,
    bytes: content.length,
    unpackedBytes: content.length,
  };
}

function done<T>(result: T | undefined): T {
  if (result === undefined) throw new Error('the step before this one has not been taken');
  return result;
}
