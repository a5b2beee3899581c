/** Says by an independent way whether the table holds what a month's file says. */
import { ApplicationFailure } from '@temporalio/common';
import type { MonthString, SourceChoice, SourceFormat } from '../contract.ts';
import { findLatestLoad, type LedgerEntry } from '../database/ledger.ts';
import { type Client, type Pool, withClient } from '../database/pool.ts';
import type { Dataset } from '../datasets/index.ts';
import { wholePath } from '../source/cache.ts';
import { type FileLocation, locateFile, type SourceSettings } from '../source/locate.ts';
import { compare, type Comparison } from './compare.ts';
import { fetchAgain } from './fetch-again.ts';
import { readSource } from './read-source.ts';
import { readTable } from './read-table.ts';
import { type Scratch, withScratch } from './scratch.ts';
import { VerifyError } from './verify-error.ts';

/** What is to be compared. */
export interface VerifyRequest {
  dataset: Dataset;
  month: MonthString;
  /** Where to read the file; the latest load's source and address by default. */
  source?: SourceChoice | undefined;
  url?: string | undefined;
}

/** What a verification works with. */
export interface VerifyAccess {
  pool: Pool;
  sources: SourceSettings;
  signal: AbortSignal;
  onStep: (step: string) => void;
}

/** What was found; `equal` if file and table hold the same. */
export interface Verification extends Comparison {
  dataset: string;
  month: MonthString;
  equal: boolean;
  loadId: number;
  source: SourceFormat;
  sourceUrl: string;
  /** Whether it is the very file that was loaded, by its SHA-256. */
  isLoadedFile: boolean;
  /** Rows of the file, with duplicates and bad rows. */
  rowsInFile: number;
  badRows: number;
  /** Rows that the latest load set aside; they should be as many as the bad rows. */
  rejectedRows: number;
  /** Rows that both have. */
  matching: number;
}

/** Fetches a month's file again and compares it with the table. Throws a VerifyError where that cannot be done. */
export async function verifyMonth(request: VerifyRequest, access: VerifyAccess): Promise<Verification> {
  const { dataset, month } = request;
  const { pool, signal, onStep } = access;
  const load = await findLatestLoad(pool, dataset.name, month);
  if (load === undefined)
    throw new VerifyError(`${dataset.name} ${month} was never loaded; there is nothing to verify`);
  return withScratch(signal, async (scratch) => {
    const location = locate(request, load, access.sources);
    onStep(`reads ${location.url.href}`);
    const sha256 = await fetchAgain(scratch, location, signal, onStep);
    const path = wholePath({ directory: scratch.directory }, sha256);
    const { filename, format } = location;
    const read = await readSource(scratch, dataset, { path, filename, format });
    onStep('reads the table');
    const rejectedRows = await readSnapshot(scratch, request, load, access);
    onStep('compares');
    const found = await compare(scratch, dataset);
    const rows = read.rows - found.duplicates;
    return {
      dataset: dataset.name,
      month,
      equal: isEqual(found) && rejectedRows === read.badRows,
      loadId: load.loadId,
      source: format,
      sourceUrl: location.url.href,
      isLoadedFile: sha256 === load.sha256,
      rowsInFile: read.rows + read.badRows,
      badRows: read.badRows,
      rejectedRows,
      matching: rows - found.onlyInFile,
      ...found,
    };
  });
}

function isEqual({ onlyInFile, onlyInTable, identities }: Comparison): boolean {
  return onlyInFile + onlyInTable + identities.onlyInFile + identities.onlyInTable === 0;
}

function locate(
  { dataset, month, source, url }: VerifyRequest,
  load: LedgerEntry,
  sources: SourceSettings,
): FileLocation {
  const isAsked = source !== undefined || url !== undefined;
  const choice = isAsked ? { source: source ?? 'auto', url } : { source: load.source, url: load.sourceUrl };
  try {
    return locateFile(dataset, month, choice, sources);
  } catch (error) {
    if (error instanceof ApplicationFailure) throw new VerifyError(error.message);
    throw error;
  }
}

/** Reads the table, and how many rows the load set aside, as they were at one moment. */
async function readSnapshot(
  scratch: Scratch,
  { dataset, month }: VerifyRequest,
  load: LedgerEntry,
  { pool, signal }: VerifyAccess,
): Promise<number> {
  const use = { name: `verify ${dataset.name} ${month}`, signal };
  return withClient(pool, use, async (client) => {
    await client.query('begin isolation level repeatable read read only');
    const latest = await findLatestLoad(client, dataset.name, month);
    if (latest?.loadId !== load.loadId) {
      throw new VerifyError(`${dataset.name} ${month} was loaded meanwhile; verify it again`);
    }
    await readTable(scratch, client, dataset, month, signal);
    const rejected = await countRejected(client, load.loadId);
    await client.query('commit');
    return rejected;
  });
}

async function countRejected(client: Client, loadId: number): Promise<number> {
  const { rows } = await client.query<{ count: number }>(
    'select count(*) from fareflow.rejected_rows where load_id = $1',
    [loadId],
  );
  return (rows[0] as { count: number }).count;
}
