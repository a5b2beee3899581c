/** From a data set and a month to the URL of its file. */
import { posix } from 'node:path';
import type { MonthString, SourceChoice } from '../contract.ts';
import type { Dataset, Source } from '../datasets/index.ts';
import { assertAllowed, createFetchPolicy, type FetchPolicy } from './allowed-hosts.ts';

/** The file of one month. */
export interface FileLocation {
  url: URL;
  /** Last part of the URL's path. */
  filename: string;
  format: 'csv';
  policy: FetchPolicy;
}

/** What an operator set in place of the built-in sources. */
export interface SourceSettings {
  csvUrl: string | undefined;
  allowedHosts: readonly string[];
  /** What a file may unpack to; without it there is no limit. */
  maxUnpackedBytes?: number;
  /** Further templates that may be fetched from. */
  trusted?: readonly string[];
}

/**
 * Where a month's file is: by `url` if one is given (it may be a template), else by the operator's template, else the data set's own source.
 * Throws a terminal failure if that address may not be fetched.
 */
export function locateFile(
  dataset: Dataset,
  month: MonthString,
  choice: { source: SourceChoice; url?: string | undefined },
  settings: SourceSettings,
): FileLocation {
  const sources = effectiveSources(dataset, settings);
  const trusted = (settings.trusted ?? []).map((urlTemplate) => ({ urlTemplate, redirectHosts: [] }));
  const policy = {
    ...createFetchPolicy([...sources, ...trusted], settings.allowedHosts),
    maxUnpackedBytes: settings.maxUnpackedBytes,
  };
  const wanted: string = choice.source;
  const source = sources.find(({ format }) => wanted === 'auto' || format === wanted);
  if (source === undefined) throw new RangeError(`${dataset.name} has no ${wanted} source`);
  const url = new URL(fillTemplate(choice.url ?? source.urlTemplate, dataset.name, month));
  assertAllowed(url, policy);
  return { url, filename: filenameOf(url), format: source.format, policy };
}

/** For people to read, unless it decodes to what no file name can be. */
function filenameOf(url: URL): string {
  const encoded = posix.basename(url.pathname);
  try {
    const name = decodeURIComponent(encoded);
    return /[\p{Cc}/]/u.test(name) ? encoded : name;
  } catch {
    return encoded;
  }
}

/** The data set's sources, with the operator's template in place of the built-in one. */
export function effectiveSources(dataset: Dataset, settings: SourceSettings): Source[] {
  return dataset.sources.map((source) =>
    settings.csvUrl === undefined
      ? source
      : { format: source.format, urlTemplate: settings.csvUrl, redirectHosts: [] },
  );
}

/** A URL template with `{dataset}` and `{month}` filled in. */
export function fillTemplate(template: string, dataset: string, month: MonthString): string {
  return template.replaceAll('{dataset}', dataset).replaceAll('{month}', month);
}
