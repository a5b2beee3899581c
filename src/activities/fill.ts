import type { TableName } from '../database/sql.ts';
import type { Dataset } from '../datasets/index.ts';
import type { Deps } from './deps.ts';
import type { Step } from './step.ts';
import type { CopyInput, CopyResult } from './steps.ts';

/** A staging table to be filled from a file that is in this host's cache. */
export interface Fill {
  deps: Deps;
  step: Step;
  dataset: Dataset;
  staging: TableName;
  input: CopyInput;
}

/** What became of the file's rows and columns. */
export type Filled = Pick<CopyResult, 'rowsCopied' | 'rejected' | 'ignoredColumns'>;
