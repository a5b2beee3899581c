/** Loads a file and verifies it, both against a test database. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll } from 'vitest';
import { getDataset } from '../../src/datasets/index.ts';
import type { LoadReport, MonthString } from '../../src/contract.ts';
import type { SourceSettings } from '../../src/source/locate.ts';
import { type Verification, verifyMonth, type VerifyRequest } from '../../src/verify/verify-month.ts';
import type { TestDatabase } from '../support/database.ts';
import { loadFile, type LoadingOptions } from '../support/loading.ts';

/** A directory of green files, and what a test does with them. */
export interface Verifying {
  /** Loads a file and leaves it where `verify` finds it. */
  load(month: MonthString, csv: string, options?: Partial<LoadingOptions>): Promise<LoadReport>;
  /** Puts another file in its place. */
  publish(month: MonthString, csv: string): Promise<void>;
  verify(
    month: MonthString,
    request?: Partial<VerifyRequest>,
    sources?: SourceSettings,
  ): Promise<Verification>;
}

export function useVerifying(database: TestDatabase): Verifying {
  let directory = '';
  const urlOf = (month: MonthString) => `${pathToFileURL(directory).href}/green_${month}.csv.gz`;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'fareflow-verifying-'));
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));
  const verifying: Verifying = {
    async load(month, csv, options = {}) {
      await verifying.publish(month, csv);
      return loadFile(database, { dataset: 'green', month, csv, ...options });
    },
    publish: (month, csv) => writeFile(join(directory, `green_${month}.csv.gz`), gzipSync(csv, { level: 1 })),
    verify: (month, request = {}, sources = { csvUrl: urlOf('{month}'), allowedHosts: [] }) =>
      verifyMonth(
        { dataset: getDataset('green'), month, url: urlOf(month), ...request },
        {
          pool: database.pool,
          sources,
          signal: new AbortController().signal,
          onStep: () => undefined,
        },
      ),
  };
  return verifying;
}
