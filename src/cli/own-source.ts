import type { Config } from '../config.ts';
import type { MonthString, SourceChoice } from '../contract.ts';
import type { Dataset } from '../datasets/index.ts';
import { chooseSource, effectiveSources } from '../source/choose.ts';
import { UsageError } from './context.ts';

/** A template and what its files are. */
export interface OwnSource {
  url: string;
  source: SourceChoice;
}

/**
 * The template of this environment that the months are to come from, if one is set and has the kind of file that is
 * asked for: a worker may have been started without it. A load has one source, so months of two are two loads.
 */
export function ownSource(
  { csvUrl, parquetUrl }: Pick<Config, 'csvUrl' | 'parquetUrl'>,
  dataset: Dataset,
  months: readonly MonthString[],
  choice: SourceChoice,
): OwnSource | undefined {
  const templates = { csv: csvUrl, parquet: parquetUrl };
  if (choice !== 'auto') return found(templates[choice], choice);
  if (csvUrl === undefined || parquetUrl === undefined) {
    return found(csvUrl, 'csv') ?? found(parquetUrl, 'parquet');
  }
  const sources = effectiveSources(dataset, { csvUrl, parquetUrl });
  const formats = new Set(months.map((month) => chooseSource(dataset, month, choice, sources).format));
  const [format, other] = formats;
  if (other === undefined) return format && found(templates[format], format);
  throw new UsageError(
    `some of these months come from FAREFLOW_CSV_URL and some from FAREFLOW_PARQUET_URL; load them apart, or say --source csv or --source parquet`,
  );
}

function found(url: string | undefined, source: SourceChoice): OwnSource | undefined {
  return url === undefined ? undefined : { url, source };
}
