import { binaryCopyStatement, binaryFraming, encodeRecords, type Values } from '../database/binary-copy.ts';
import { copyBlocks } from '../database/copy.ts';
import { emptyStaging } from '../database/staging.ts';
import { fixedBytes, hasValue, presence, Texts } from '../parquet/column-values.ts';
import { readFooter } from '../parquet/footer.ts';
import { type Chunk, type ParquetFile, withParquet } from '../parquet/open-parquet.ts';
import { CorruptParquetError } from '../parquet/parquet-error.ts';
import type { ColumnPair, Reading } from '../parquet/reading.ts';
import { wholePath } from '../source/cache.ts';
import type { Fill, Filled } from './fill.ts';
import { readingOf } from './parquet-columns.ts';
import { rejectBadRows } from './parquet-bad-rows.ts';

/** A row has a value that does not fit; which one, a second reading finds out. */
class MisfitFound extends Error {
  override name = 'MisfitFound';
}

/**
 * Fills the staging table with what DuckDB decodes, as binary records over several connections. The check of each
 * value is part of the query and costs next to nothing; only if one fails are the bad rows looked for, by another.
 */
export async function fillFromParquet(fill: Fill): Promise<Filled> {
  const { deps, step, dataset, staging, input } = fill;
  return withParquet(wholePath(deps.cache, input.file.sha256), step.signal, async (parquet) => {
    const footer = await readFooter(parquet);
    const { reading, ignoredColumns } = readingOf(dataset, parquet, footer.columns, input);
    try {
      const rowsCopied = await copyRows(fill, parquet, reading, reading.allRows, footer.rows);
      assertWhole(rowsCopied, footer.rows);
      return { rowsCopied, rejected: 0, ignoredColumns };
    } catch (error) {
      if (!(error instanceof MisfitFound)) throw error;
    }
    await emptyStaging(deps.pool, staging);
    const rejecting = rejectBadRows(fill, parquet, reading, footer.rows);
    const rejected = await step.beatWhile({ step: 'copy' }, rejecting);
    const rowsCopied = await copyRows(fill, parquet, reading, reading.goodRows, footer.rows);
    assertWhole(rowsCopied + rejected, footer.rows);
    return { rowsCopied, rejected, ignoredColumns };
  });
}

function assertWhole(rows: number, rowsInFooter: number): void {
  if (rows === rowsInFooter) return;
  throw new CorruptParquetError(`the file has ${rows} rows, although its footer says ${rowsInFooter}`);
}

async function copyRows(
  { deps, step, dataset, staging, input: { month, file } }: Fill,
  parquet: ParquetFile,
  { pairs }: Reading,
  query: string,
  rowsInFile: number,
): Promise<number> {
  async function* encode(): AsyncGenerator<Buffer> {
    let rows = 0;
    for await (const chunk of parquet.chunks(query)) {
      // Behind the values stands the number of the check that a row fails.
      if (hasValue(chunk, pairs.length)) throw new MisfitFound();
      yield encodeRecords(
        pairs.map((pair, i) => valuesOf(chunk, i, pair)),
        chunk.rowCount,
      );
      rows += chunk.rowCount;
      const bytes = Math.round((file.bytes * rows) / rowsInFile);
      step.beat({ step: 'copy', bytes, totalBytes: file.unpackedBytes, rows });
    }
  }
  const use = { name: `copy ${dataset.name} ${month}`, signal: step.signal };
  const columns = pairs.map(({ target }) => target.name);
  const statement = binaryCopyStatement(staging, columns);
  return copyBlocks(deps.pool, use, statement, encode(), deps.copyConnections, binaryFraming);
}

function valuesOf(chunk: Chunk, column: number, { target: { type } }: ColumnPair): Values {
  if (type === 'text') return new Texts(chunk, column);
  return {
    type,
    present: presence(chunk, column),
    bytes: fixedBytes(chunk, column, type === 'integer' ? 4 : 8),
  };
}
