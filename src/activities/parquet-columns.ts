import { ApplicationFailure } from '@temporalio/common';
import { FailureType } from '../contract.ts';
import { getColumn } from '../database/columns.ts';
import type { Dataset } from '../datasets/index.ts';
import { matchHeader } from '../datasets/layout.ts';
import type { ParquetColumn } from '../parquet/footer.ts';
import type { ParquetFile } from '../parquet/open-parquet.ts';
import { type ColumnPair, planReading, type Reading } from '../parquet/reading.ts';
import { schemaMismatch } from './schema-mismatch.ts';
import type { CachedFile, CopyInput } from './steps.ts';

/** How a file is read for a data set. */
export interface DatasetReading {
  reading: Reading;
  /** Columns that no layout knows and that are left out. */
  ignoredColumns: string[];
}

/** Finds the columns by their names; names that fit no layout, and types that do not fit, are a terminal failure. */
export function readingOf(
  dataset: Dataset,
  parquet: ParquetFile,
  columns: readonly ParquetColumn[],
  { file, onNewColumn }: CopyInput,
): DatasetReading {
  const names = columns.map(({ name }) => name);
  const match = matchHeader(dataset, 'parquet', names, onNewColumn);
  if (!match.fits) {
    const typeOf = (name: string) => columns.find((column) => column.name.trim() === name)?.parquetType;
    throw schemaMismatch(dataset, file, match, typeOf);
  }
  const pairs = columns.flatMap((source, i): ColumnPair[] => {
    const name = match.columns[i] ?? null;
    if (name === null) return [];
    return [{ source, target: getColumn(dataset, name), isPickup: name === dataset.pickupColumn }];
  });
  const reading = planReading(parquet, columns, pairs);
  if ('misfits' in reading) throw typeMismatch(file, reading.misfits);
  return { reading, ignoredColumns: match.unknown };
}

function typeMismatch({ filename }: CachedFile, misfits: readonly ColumnPair[]): ApplicationFailure {
  const pairs = misfits.map(
    ({ source: { name, parquetType }, target }) =>
      `${name} (${parquetType}) cannot fill ${target.name}, which is ${target.type}`,
  );
  return ApplicationFailure.nonRetryable(
    `in ${filename}, ${pairs.join('; ')}; the table is untouched`,
    FailureType.SchemaMismatch,
  );
}
