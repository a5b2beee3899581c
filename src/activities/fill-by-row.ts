import { isUtf8 } from 'node:buffer';
import { type CsvRecord, cutRecords } from '../csv/cut-records.ts';
import { type Client, withTransaction } from '../database/pool.ts';
import { createRejected, insertRejected } from '../database/rejected.ts';
import { rejectedTable, textTable } from '../database/sql.ts';
import { dropStagingTable } from '../database/staging.ts';
import {
  createTextRows,
  findUnfitRows,
  moveFittingRows,
  replaceTextRows,
  type TextFields,
} from '../database/text-rows.ts';
import { DEFAULT_BAD_ROW_LIMIT, isBeyond, parseBadRowLimit } from '../datasets/bad-row-limit.ts';
import { type BadRow, badRowFailure, tooManyBadRows } from './bad-row.ts';
import type { Fill, Filled } from './fill.ts';
import { type OpenCsv, readCsv } from './read-csv.ts';

/** How many bad rows a message can name. */
const NAMED_ROWS = 3;

/** What was found so far. */
interface Findings {
  rowsInFile: number;
  rowsCopied: number;
  rejected: number;
  /** The first bad rows of the file. */
  first: BadRow[];
}

/**
 * Fills the staging table row by row, and so learns of every bad one where and why it is: the load fails, or, where it
 * is to quarantine them, they wait beside the staging table to become part of its record.
 */
export async function fillByRow(fill: Fill): Promise<Filled> {
  const { deps, staging, input } = fill;
  const limit = parseBadRowLimit(input.maxBadRows ?? '') ?? DEFAULT_BAD_ROW_LIMIT;
  const use = { name: `copy ${input.dataset} ${input.month}`, signal: fill.step.signal };
  try {
    return await readCsv(fill, async (open) => {
      const fields = { named: open.columns, surplus: open.surplus };
      const owner = { ...fill.step.run, createdAt: new Date().toISOString() };
      await withTransaction(deps.pool, use, async (client) => {
        await createTextRows(client, staging, fields, owner);
        await createRejected(client, staging, owner);
      });
      const found = await judgeRecords(fill, open, use);
      const { rowsInFile, rowsCopied, rejected, first } = found;
      if (first[0] !== undefined && input.onBadRow !== 'quarantine')
        throw badRowFailure(input.file, first[0], rejected);
      if (isBeyond(limit, rejected, rowsInFile))
        throw tooManyBadRows(input.file, limit, { first, total: rejected, rowsInFile });
      if (rejected === 0) await dropStagingTable(deps.pool, rejectedTable(staging));
      return { rowsCopied, rejected, ignoredColumns: open.ignoredColumns };
    });
  } catch (error) {
    await dropStagingTable(deps.pool, rejectedTable(staging)).catch(() => undefined);
    throw error;
  } finally {
    await dropStagingTable(deps.pool, textTable(staging)).catch(() => undefined);
  }
}

/** Looks at the whole file, list by list, each in a transaction. */
async function judgeRecords(
  fill: Fill,
  { csv, columns, surplus }: OpenCsv,
  use: { name: string; signal: AbortSignal },
): Promise<Findings> {
  const { deps, step, input } = fill;
  const found: Findings = { rowsInFile: 0, rowsCopied: 0, rejected: 0, first: [] };
  const shape = { names: columns.length, surplus, mustEnd: input.file.packing === 'none' };
  let bytes = 0;
  for await (const records of cutRecords(csv, shape)) {
    const fields = { named: columns, surplus };
    await withTransaction(deps.pool, use, (client) => judgeList(client, fill, fields, records, found));
    bytes += records.reduce((sum, record) => sum + record.bytes.length + 1, 0);
    step.beat({ step: 'copy', bytes, totalBytes: input.file.unpackedBytes, rows: found.rowsInFile });
  }
  return found;
}

async function judgeList(
  client: Client,
  { dataset, staging, input }: Fill,
  fields: TextFields,
  records: readonly CsvRecord[],
  found: Findings,
): Promise<void> {
  const flawed = records.flatMap(({ line, flaw }) =>
    flaw === undefined ? [] : [{ line, column: null, value: null, reason: flaw }],
  );
  const readable = records.filter(({ flaw }) => flaw === undefined);
  await replaceTextRows(client, staging, withLines(readable, fields));
  const unfit = await findUnfitRows(client, dataset, staging, fields);
  const bad = [...flawed, ...unfit].sort((a, b) => a.line - b.line);
  found.first.push(...bad.slice(0, NAMED_ROWS - found.first.length));
  found.rejected += bad.length;
  found.rowsInFile += records.length;
  if (input.onBadRow !== 'quarantine' && found.rejected > 0) return;
  found.rowsCopied += await moveFittingRows(
    client,
    dataset,
    staging,
    fields,
    unfit.map(({ line }) => line),
  );
  if (bad.length === 0) return;
  const raw = new Map(records.map(({ line, bytes }) => [line, bytes]));
  await insertRejected(
    client,
    staging,
    bad.map((row) => ({ ...row, raw: textOf(raw.get(row.line) ?? Buffer.alloc(0)) })),
  );
}

/** The records as a CSV whose first field is the line; those without the fields that have no name get them. */
function withLines(records: readonly CsvRecord[], { named, surplus }: TextFields): Buffer {
  const pieces = records.flatMap(({ line, bytes, fields }) => [
    Buffer.from(`${line},`),
    bytes,
    Buffer.from(fields === named.length ? `${','.repeat(surplus)}\n` : '\n'),
  ]);
  return Buffer.concat(pieces);
}

/** A record as a text that PostgreSQL takes: bytes that are none are shown as `\xHH`. */
function textOf(bytes: Buffer): string {
  if (isUtf8(bytes) && !bytes.includes(0)) return bytes.toString('utf8');
  const hex = (byte: string) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`;
  return bytes.toString('latin1').replaceAll(/[\0\x80-\xff]/g, hex);
}
