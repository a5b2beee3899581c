/** Which of a data set's sources a month comes from. */
import { ApplicationFailure } from '@temporalio/common';
import { FailureType, type MonthString, type SourceChoice, type SourceFormat } from '../contract.ts';
import type { Dataset, Source } from '../datasets/index.ts';

/** The templates that an operator may put in place of the built-in sources. */
export interface SourceTemplates {
  csvUrl?: string | undefined;
  parquetUrl?: string | undefined;
}

/** The variables that hold those templates. */
const VARIABLES: Record<SourceFormat, string> = {
  csv: 'FAREFLOW_CSV_URL',
  parquet: 'FAREFLOW_PARQUET_URL',
};

/**
 * The data set's sources, or the operator's templates for them where there are any: then these alone, and of two each
 * for the months that the source in whose place it stands is preferred for.
 */
export function effectiveSources(dataset: Dataset, { csvUrl, parquetUrl }: SourceTemplates): Source[] {
  const templates = { csv: csvUrl, parquet: parquetUrl };
  const replaced = dataset.sources.flatMap(({ format, months }) => {
    const urlTemplate = templates[format];
    return urlTemplate === undefined ? [] : [{ format, urlTemplate, redirectHosts: [], months }];
  });
  if (replaced.length === 0) return [...dataset.sources];
  const isOnly = replaced.length === 1;
  return replaced.map(({ months, ...source }) =>
    isOnly || months === undefined ? source : { ...source, months },
  );
}

/**
 * The source of a month: the first of the format that is asked for, or with `auto` the first that is preferred for the
 * month. Throws a terminal failure where none can have it.
 */
export function chooseSource(
  dataset: Dataset,
  month: MonthString,
  choice: SourceChoice,
  sources: readonly Source[],
): Source {
  const candidates = sources.filter(({ format }) => choice === 'auto' || format === choice);
  const source =
    choice === 'auto' ? candidates.find((candidate) => isPreferred(candidate, month)) : candidates[0];
  if (source !== undefined && !(source.firstMonth !== undefined && month < source.firstMonth)) return source;
  if (source === undefined && choice !== 'auto') {
    throw invalid(`${dataset.name} has no ${choice} source here; set ${VARIABLES[choice]} of the worker`);
  }
  throw invalid(
    `none of ${dataset.name}'s sources is known to have ${month} (${candidates.map(describe).join('; ')}); try another --source, or load a file from elsewhere with --url`,
  );
}

function isPreferred({ months, firstMonth }: Source, month: MonthString): boolean {
  const from = [months?.from, firstMonth].filter((first) => first !== undefined);
  return from.every((first) => month >= first) && (months?.to === undefined || month <= months.to);
}

function describe({ format, months, firstMonth }: Source): string {
  const from = months?.from ?? firstMonth;
  const bounds = [
    from === undefined ? '' : ` from ${from}`,
    months?.to === undefined ? '' : ` to ${months.to}`,
  ];
  return `${format}${bounds.join('')}`;
}

function invalid(message: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(message, FailureType.InvalidInput);
}
