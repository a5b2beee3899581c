import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { buildTemporalCli } from './build-temporal-cli.ts';
import { downloadTemporalCli } from './download-temporal-cli.ts';
import type { OnProgress } from './on-progress.ts';
import { StackError } from './stack-error.ts';
import { checkTemporalVersion, TEMPORAL_CLI_VERSION } from './temporal-version.ts';

export interface FindTemporalCliOptions {
  /** Where a fetched or built CLI is kept, see {@link defaultCacheDirectory}. */
  cacheDirectory: string;
  onProgress: OnProgress;
  /** What the programs that look for, fetch and build the CLI see; by default this process's own environment. */
  env?: NodeJS.ProcessEnv | undefined;
  signal?: AbortSignal | undefined;
}

export interface TemporalCli {
  path: string;
  version: string;
  foundBy: 'path' | 'cache' | 'download' | 'go-install';
}

/** One way to come by the CLI: resolves to its path, or throws an error that says why there is none. */
interface Source {
  foundBy: TemporalCli['foundBy'];
  description: string;
  find: (options: FindTemporalCliOptions, cached: string) => Promise<string>;
}

const SOURCES: readonly Source[] = [
  { foundBy: 'path', description: '`temporal` on the PATH', find: ({ env }) => lookUpPath(env) },
  { foundBy: 'cache', description: "fareflow's cache", find: (_, cached) => requireFile(cached) },
  { foundBy: 'download', description: 'download', find: downloadTemporalCli },
  { foundBy: 'go-install', description: '`go install`', find: buildTemporalCli },
];

/**
 * Finds the Temporal CLI, which holds the development server: on the PATH, in fareflow's cache, by download, by
 * building it with Go. One that is too old is passed over. Throws a StackError that lists what was tried.
 */
export async function findTemporalCli(options: FindTemporalCliOptions): Promise<TemporalCli> {
  const cached = path.join(options.cacheDirectory, `temporal-${TEMPORAL_CLI_VERSION}`, 'temporal');
  const tried: string[] = [];
  for (const { foundBy, description, find } of SOURCES) {
    try {
      const file = await find(options, cached);
      const version = await checkTemporalVersion(file).catch((error: unknown) => {
        options.onProgress(`Temporal CLI: ${messageOf(error)}; looking further`);
        throw error;
      });
      return { path: file, version, foundBy };
    } catch (error) {
      options.signal?.throwIfAborted();
      tried.push(`${description}: ${messageOf(error)}`);
    }
  }
  throw notFound(tried);
}

async function lookUpPath(env: NodeJS.ProcessEnv | undefined): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)('/bin/sh', ['-c', 'command -v temporal'], { env });
    return stdout.trim();
  } catch {
    throw new StackError('not there');
  }
}

async function requireFile(file: string): Promise<string> {
  await access(file).catch(() => {
    throw new StackError(`no ${file}`);
  });
  return file;
}

function notFound(tried: readonly string[]): StackError {
  return new StackError(
    [
      'the Temporal CLI, whose development server fareflow needs, was not found. Tried:',
      ...tried.map((line) => `  - ${line}`),
      'Install it (brew install temporal, or https://docs.temporal.io/cli#install) so that `temporal` is on the PATH,',
      'or set TEMPORAL_ADDRESS to a Temporal server that runs already.',
    ].join('\n'),
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
