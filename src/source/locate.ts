/** From a data set and a month to the URL of its file. */
import { posix } from 'node:path';
import type { MonthString, SourceChoice, SourceFormat } from '../contract.ts';
import type { Dataset } from '../datasets/index.ts';
import { assertAllowed, createFetchPolicy, type FetchPolicy } from './allowed-hosts.ts';
import { chooseSource, effectiveSources, type SourceTemplates } from './choose.ts';

/** The file of one month. */
export interface FileLocation {
  url: URL;
  /** Last part of the URL's path. */
  filename: string;
  format: SourceFormat;
  policy: FetchPolicy;
}

/** What an operator set in place of the built-in sources, and allows besides. */
export interface SourceSettings extends SourceTemplates {
  allowedHosts: readonly string[];
  /** What a file may unpack to; without it there is no limit. */
  maxUnpackedBytes?: number;
  /** Further templates that may be fetched from. */
  trusted?: readonly string[];
}

/**
 * Where a month's file is: by `url` if one is given (it may be a template), else at the source that the month is chosen
 * from. Throws a terminal failure if there is none, or if that address may not be fetched.
 */
export function locateFile(
  dataset: Dataset,
  month: MonthString,
  { source: choice, url: given }: { source: SourceChoice; url?: string | undefined },
  settings: SourceSettings,
): FileLocation {
  const sources = effectiveSources(dataset, settings);
  const trusted = (settings.trusted ?? []).map((urlTemplate) => ({ urlTemplate, redirectHosts: [] }));
  // Whoever starts a load can define a data set, but not what a worker may fetch.
  const vouched = sources.filter((source) => dataset.isOwn !== true || !dataset.sources.includes(source));
  const policy = {
    ...createFetchPolicy([...vouched, ...trusted], settings.allowedHosts),
    maxUnpackedBytes: settings.maxUnpackedBytes,
  };
  const source = given === undefined ? chooseSource(dataset, month, choice, sources) : undefined;
  const url = new URL(fillTemplate(source?.urlTemplate ?? given ?? '', dataset.name, month));
  const format = source?.format ?? (choice === 'auto' ? formatOf(url) : choice);
  assertAllowed(url, policy);
  return { url, filename: filenameOf(url), format, policy };
}

/** What a file is by the end of its URL's path. */
function formatOf(url: URL): SourceFormat {
  return url.pathname.toLowerCase().endsWith('.parquet') ? 'parquet' : 'csv';
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

/** A URL template with `{dataset}` and `{month}` (or `{period}`) filled in. */
export function fillTemplate(template: string, dataset: string, month: MonthString): string {
  return template
    .replaceAll(/\{(?:month|period)\}/g, month)
    .replaceAll('{dataset}', () => encodeURIComponent(dataset));
}
