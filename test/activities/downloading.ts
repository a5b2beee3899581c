/** Runs the step `download` against a faulty server and a test database, attempt by attempt. */
import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Info } from '@temporalio/activity';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { afterAll, beforeEach } from 'vitest';
import type { Deps } from '../../src/activities/deps.ts';
import { createDownload } from '../../src/activities/download.ts';
import type { DownloadInput, DownloadResult } from '../../src/activities/steps.ts';
import { createSlots } from '../../src/activities/slots.ts';
import type { TestDatabase } from '../support/database.ts';
import type { FaultyServer } from '../support/faulty-server.ts';

/** The file of every test. */
export const packed = gzipSync(
  Array.from({ length: 20_000 }, (_, i) => `${i},${(i * 7919) % 10_007}\n`).join(''),
);
export const sha256 = createHash('sha256').update(packed).digest('hex');

/** One attempt under way. */
export interface Attempt {
  environment: MockActivityEnvironment;
  result: Promise<DownloadResult>;
  /** The details of each heartbeat. */
  beats: { bytes?: number; resume?: { path: string; etag: string } }[];
}

/** A download of green 2021-03 (by default) from the server's `/green_2021-03.csv.gz`, new for every test. */
export interface Downloading {
  /** Begins an attempt, by a worker that has been set up in another way where `deps` say so. */
  start(input?: Partial<DownloadInput>, info?: Partial<Info>, deps?: Partial<Deps>): Attempt;
  run(input?: Partial<DownloadInput>, info?: Partial<Info>, deps?: Partial<Deps>): Promise<DownloadResult>;
  names(): Promise<string[]>;
  url(month?: string): string;
}

export function useDownloading(database: TestDatabase, server: FaultyServer): Downloading {
  const made: string[] = [];
  let directory = '';
  let runId = '';
  const quiet = new DefaultLogger('ERROR');
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'fareflow-downloading-'));
    made.push(directory);
    runId = randomUUID();
  });
  afterAll(() => Promise.all(made.map((path) => rm(path, { recursive: true, force: true }))));
  const depsOf = (deps: Partial<Deps>): Deps => ({
    pool: database.pool,
    cache: { directory },
    fileQueue: 'files-of-this-host',
    sources: { csvUrl: `http://${server.host}/{dataset}_{month}.csv.gz`, allowedHosts: [] },
    worker: 'test/1',
    codeVersion: '0.0.0-test',
    copyConnections: 1,
    copySlots: createSlots(1),
    ...deps,
  });
  const downloading: Downloading = {
    start(input = {}, info = {}, deps = {}) {
      const environment = new MockActivityEnvironment(
        { workflowExecution: { workflowId: 'load-green-2021-03', runId }, ...info },
        { logger: quiet },
      );
      const beats: Attempt['beats'] = [];
      environment.on('heartbeat', (details: Attempt['beats'][number]) => beats.push(details));
      const whole = { dataset: 'green', month: '2021-03', source: 'auto', again: false, ...input } as const;
      const result: Promise<DownloadResult> = environment.run(createDownload(depsOf(deps)), whole);
      result.catch(() => undefined);
      return { environment, result, beats };
    },
    run: (input, info, deps) => downloading.start(input, info, deps).result,
    names: async () => (await readdir(directory)).sort(),
    url: (month = '2021-03') => server.url(`/green_${month}.csv.gz`).href,
  };
  return downloading;
}

/** Writes a load of green 2021-03 into the ledger. */
export async function addLoad(
  database: TestDatabase,
  load: {
    url: string;
    etag?: string | null;
    sha256?: string;
    lastModified?: string | null;
    bytes?: number;
    source?: 'csv' | 'parquet';
  },
): Promise<void> {
  await database.query(
    `insert into fareflow.loads (
       load_id, dataset, month, status, mode, source_url, filename, etag, sha256, source, last_modified, bytes, rows_in_file,
       inserted, updated, unchanged, duplicates, rejected, removed, outside_month, outside_months, download_ms,
       copy_ms, hash_ms, merge_ms, duration_ms, labels, namespace, workflow_id, run_id, worker, code_version,
       started_at, finished_at)
     values (nextval('fareflow.load_id'), 'green', '2021-03', 'loaded', 'load', $1, 'green_2021-03.csv.gz',
       $2, $3, $4, $5, $6, 10, 7, 1, 0, 2, 0, 3, 1, '{2009-01}', 1, 2, 3, 4, 10, '{}', 'test', 'w', gen_random_uuid(),
       'worker', '0.1.0', now(), now())`,
    [
      load.url,
      load.etag ?? null,
      load.sha256 ?? sha256,
      load.source ?? 'csv',
      load.lastModified ?? null,
      load.bytes ?? 77,
    ],
  );
}
