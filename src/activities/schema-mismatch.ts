import { ApplicationFailure } from '@temporalio/common';
import { FailureType } from '../contract.ts';
import type { Dataset } from '../datasets/index.ts';
import type { HeaderMismatch } from '../datasets/layout.ts';
import type { CachedFile } from './steps.ts';

/**
 * The failure of a file whose columns fit no layout: what it lacks, what it has besides, and what the reader can do.
 * `typeOf` is for formats that know a column's type before anything is read.
 */
export function schemaMismatch(
  dataset: Dataset,
  { filename, source }: Pick<CachedFile, 'filename' | 'source'>,
  { layout, missing, unexpected, ignorable }: HeaderMismatch,
  typeOf: (name: string) => string | undefined = () => undefined,
): ApplicationFailure {
  const described = unexpected.map((name) => {
    const type = typeOf(name);
    return type === undefined ? name : `${name} (${type})`;
  });
  const differences = [
    missing.length === 0 ? '' : ` lacks ${missing.join(', ')}`,
    described.length === 0 ? '' : ` has the unexpected ${described.join(', ')}`,
  ];
  const where = source === 'csv' ? 'header' : 'schema';
  const advice = ignorable
    ? `--on-new-column ignore leaves ${unexpected.length === 1 ? 'it' : 'them'} out; to load ${unexpected.length === 1 ? 'it' : 'them'} takes a layout in the data set's file`
    : "a new layout is declared in the data set's file";
  return ApplicationFailure.nonRetryable(
    `the ${where} of ${filename}${differences.filter(Boolean).join(' and')}, compared with the layout "${layout.name}" of ${dataset.name}; ${advice}`,
    FailureType.SchemaMismatch,
  );
}
