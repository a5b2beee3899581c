import { ApplicationFailure } from '@temporalio/common';
import { FailureType } from '../contract.ts';
import { getColumn } from '../database/columns.ts';
import type { Dataset } from '../datasets/index.ts';
import { matchHeader } from '../datasets/layout.ts';
import type { Footer, ParquetColumn } from '../parquet/footer.ts';
import type { ParquetFile } from '../parquet/open-parquet.ts';
import { type ColumnPair, planReading, type Reading } from '../parquet/reading.ts';
import type { CopyInput } from './steps.ts';

/** How a file's rows are read for a data set, and the columns that no layout knows and that are left out. */
export interface ParquetReading extends Reading {
  columns: readonly ParquetColumn[];
  ignoredColumns: string[];
}

/** Finds the columns by their names; names that fit no layout, and types that do not fit, are a terminal failure. */
export function readingOf(
  dataset: Dataset,
  parquet: ParquetFile,
  { columns }: Footer,
  { file, onNewColumn }: CopyInput,
): ParquetReading {
  const names = columns.map(({ name }) => name);
  const match = matchHeader(dataset, 'parquet', names, onNewColumn);
  if (!match.fits) {
    const { missing, unexpected, layout } = match;
    const types = columns.filter(({ name }) => unexpected.includes(name.trim()));
    const differences = [
      missing.length === 0 ? '' : ` lack ${missing.join(', ')}`,
      types.length === 0 ? '' : ` have the unexpected ${types.map(describe).join(', ')}`,
    ];
    throw ApplicationFailure.nonRetryable(
      `the columns of ${file.filename}${differences.filter(Boolean).join(' and')}, compared with the layout "${layout.name}" of ${dataset.name}; a new layout is declared in the data set's file, and --on-new-column ignore leaves new columns out`,
      FailureType.SchemaMismatch,
    );
  }
  const pairs = columns.flatMap((source, i): ColumnPair[] => {
    const name = match.columns[i] ?? null;
    if (name === null) return [];
    return [{ source, target: getColumn(dataset, name), required: name === dataset.pickupColumn }];
  });
  const reading = planReading(parquet, columns, pairs);
  if ('misfits' in reading) {
    const misfits = reading.misfits.map(
      ({ source, target }) => `${describe(source)} cannot fill ${target.name}, which is ${target.type}`,
    );
    throw ApplicationFailure.nonRetryable(
      `in ${file.filename}, ${misfits.join('; ')}; the table is untouched`,
      FailureType.SchemaMismatch,
    );
  }
  return { ...reading, columns, ignoredColumns: match.unknown };
}

function describe({ name, parquetType }: ParquetColumn): string {
  return `${name} (${parquetType})`;
}
