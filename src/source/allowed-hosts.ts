/** Which addresses may be fetched: only hosts that the operator or a data set named, at every redirect. */
import { realpath, stat } from 'node:fs/promises';
import { sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ApplicationFailure } from '@temporalio/common';
import { FailureType } from '../contract.ts';
import type { Source } from '../datasets/index.ts';

/** What a worker may fetch from. */
export interface FetchPolicy {
  /** `host` or `host:port`, lower case; a plain host allows every port. */
  allowedHosts: ReadonlySet<string>;
  /** Directories below which `file:` URLs may point, as URLs that end in a slash. */
  allowedDirectories: readonly string[];
  /** What a file may unpack to; without it there is no limit. */
  maxUnpackedBytes?: number | undefined;
}

/** The policy that a set of templates and a list of further hosts make. */
export function createFetchPolicy(
  sources: readonly Pick<Source, 'urlTemplate' | 'redirectHosts'>[],
  furtherHosts: readonly string[],
): FetchPolicy {
  const hosts = new Set(furtherHosts);
  const directories: string[] = [];
  for (const { urlTemplate, redirectHosts } of sources) {
    const url = new URL(urlTemplate);
    if (url.protocol === 'file:') directories.push(fixedDirectory(urlTemplate));
    else hosts.add(url.host.toLowerCase());
    redirectHosts.forEach((host) => hosts.add(host));
  }
  return { allowedHosts: hosts, allowedDirectories: directories };
}

/** Throws a terminal failure unless the URL is one that may be fetched. */
export function assertAllowed(url: URL, policy: FetchPolicy): void {
  if (url.protocol === 'file:') {
    if (!isPath(url)) throw forbidden(`${url.href} is no path of this machine`);
    if (policy.allowedDirectories.some((directory) => url.href.startsWith(directory))) return;
    throw forbidden(
      `${url.href} lies outside the directories of the configured file: sources; set FAREFLOW_CSV_URL or FAREFLOW_PARQUET_URL of the worker to a template in that directory`,
    );
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw forbidden(`a ${url.protocol} URL is not allowed; it must be http:, https: or file:`);
  }
  if (url.username !== '' || url.password !== '') {
    throw forbidden(`a URL of ${url.host} carries a user name or password; fareflow sends none`);
  }
  const { allowedHosts } = policy;
  const hostname = url.hostname.toLowerCase();
  // A URL does not keep the port that its scheme has anyway.
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  if (allowedHosts.has(hostname) || allowedHosts.has(`${hostname}:${port}`)) return;
  throw forbidden(
    `the host ${url.host} is not allowed; add it to FAREFLOW_ALLOWED_HOSTS of the worker if it is to be trusted`,
  );
}

/**
 * Throws a terminal failure unless what an allowed `file:` URL really is, behind all links, is a file below a directory
 * of the policy too. The directories may be links themselves.
 */
export async function assertAllowedPath(url: URL, path: string, policy: FetchPolicy): Promise<void> {
  const directories = await Promise.all(
    policy.allowedDirectories.map((directory) => realpath(fileURLToPath(directory)).catch(() => undefined)),
  );
  const isBelow = (directory: string | undefined) =>
    directory !== undefined && path.startsWith(directory.endsWith(sep) ? directory : directory + sep);
  if (!directories.some(isBelow)) {
    throw forbidden(
      `${url.href} is a link that leads out of the directories of the configured file: sources; set FAREFLOW_CSV_URL or FAREFLOW_PARQUET_URL of the worker to a template in the directory that it leads to`,
    );
  }
  if (!(await stat(path)).isFile()) throw forbidden(`${url.href} is not a file`);
}

/** A slash that hides behind its code could lead out of a directory. */
function isPath(url: URL): boolean {
  try {
    return !fileURLToPath(url).includes('\0');
  } catch {
    return false;
  }
}

/** The part of a `file:` template before its first placeholder, up to its last slash. */
function fixedDirectory(template: string): string {
  const fixed = template.slice(0, template.search(/\{|$/));
  return new URL(fixed.slice(0, fixed.lastIndexOf('/') + 1)).href;
}

function forbidden(message: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(message, FailureType.InvalidInput);
}
