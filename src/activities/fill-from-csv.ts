import { quoteEndMarkers } from '../csv/end-markers.ts';
import { EndlessRecordError, MalformedRecordError } from '../csv/records.ts';
import { needsNormalising, normalise, normaliseFields, type NormalRules } from '../csv/normalise.ts';
import { watchBlocks } from '../csv/watch-blocks.ts';
import { getColumn } from '../database/columns.ts';
import { copyBlocks } from '../database/copy.ts';
import { acceptMonthless, copyStatement, emptyStaging, refuseMonthless } from '../database/staging.ts';
import type { Dataset } from '../datasets/index.ts';
import { isDataError } from './failures.ts';
import { fillByRow } from './fill-by-row.ts';
import type { Fill, Filled } from './fill.ts';
import { type OpenCsv, readCsv } from './read-csv.ts';

type Normalise = (blocks: AsyncIterable<Buffer>, rules: NormalRules) => AsyncIterable<Buffer>;

const asNeeded: Normalise = (blocks, rules) => (needsNormalising(rules) ? normalise(blocks, rules) : blocks);

/**
 * Fills the staging table over several connections from the file's bytes as they are, or as good as. They cannot say
 * at which line of the file a row does not fit; so if one does not, each field is brought into a form that COPY takes
 * (`1.0` in integers, lines that end in two ways), and if that is not enough either, each row is looked at by itself.
 */
export async function fillFromCsv(fill: Fill): Promise<Filled> {
  const { deps, dataset, staging } = fill;
  await refuseMonthless(deps.pool, dataset, staging);
  const filled =
    (await copyFile(fill, asNeeded)) ?? (await copyFile(fill, normaliseFields)) ?? (await fillByRow(fill));
  await acceptMonthless(deps.pool, staging);
  return filled;
}

/** Copies the file; undefined, and nothing is copied, if a row does not fit. */
async function copyFile(fill: Fill, normalise: Normalise): Promise<Filled | undefined> {
  const { deps, staging } = fill;
  try {
    return await readCsv(fill, (open) => copyOpenFile(fill, open, normalise));
  } catch (error) {
    if (!isAboutRows(error)) throw error;
    await emptyStaging(deps.pool, staging);
    return undefined;
  }
}

async function copyOpenFile(
  { deps, step, dataset, staging, input: { month, file } }: Fill,
  { csv, columns, surplus, ignoredColumns }: OpenCsv,
  normalise: Normalise,
): Promise<Filled> {
  const use = { name: `copy ${dataset.name} ${month}`, signal: step.signal };
  const statement = copyStatement(
    dataset,
    staging,
    columns.filter((column) => column !== null),
  );
  const counted = watchBlocks(file.packing === 'none' ? ended(csv.blocks) : csv.blocks, (bytes, rows) =>
    step.beat({ step: 'copy', bytes, totalBytes: file.unpackedBytes, rows }),
  );
  const blocks = normalise(counted, rulesOf(dataset, columns, surplus));
  const rowsCopied = await copyBlocks(
    deps.pool,
    use,
    statement,
    quoteEndMarkers(blocks),
    deps.copyConnections,
  );
  return { rowsCopied, rejected: 0, ignoredColumns };
}

function rulesOf(dataset: Dataset, columns: readonly (string | null)[], surplus: number): NormalRules {
  const fields = columns.map((name) => {
    if (name === null) return 'drop';
    const { type } = getColumn(dataset, name);
    return type === 'integer' || type === 'bigint' ? 'integer' : 'keep';
  });
  return { fields, surplus };
}

function isAboutRows(error: unknown): boolean {
  return isDataError(error) || error instanceof MalformedRecordError || error instanceof EndlessRecordError;
}

/** Nothing but its last line end says that a file without packing is whole. */
async function* ended(blocks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let last: number | undefined = 0x0a;
  for await (const block of blocks) {
    last = block.at(-1);
    yield block;
  }
  if (last !== 0x0a) throw new MalformedRecordError('the last line has no end');
}
