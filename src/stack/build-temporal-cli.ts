import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { FindTemporalCliOptions } from './find-temporal-cli.ts';
import { installCached } from './install-cached.ts';
import { StackError } from './stack-error.ts';
import { TEMPORAL_CLI_VERSION } from './temporal-version.ts';

const SIGN_OF_LIFE_MS = 10_000;
const MODULE = 'github.com/temporalio/cli';

/** Builds the Temporal CLI with the Go on the PATH into the cache as `cached`; takes minutes the first time. */
export async function buildTemporalCli(options: FindTemporalCliOptions, cached: string): Promise<string> {
  const { onProgress, env, signal } = options;
  await run('/bin/sh', ['-c', 'command -v go'], { env }).catch(() => {
    throw new StackError('there is no `go` on the PATH');
  });
  onProgress(`Temporal CLI ${TEMPORAL_CLI_VERSION}: building it with Go, which takes some minutes once`);
  const startedAt = Date.now();
  const signOfLife = setInterval(() => {
    const seconds = Math.round((Date.now() - startedAt) / 1000);
    onProgress(`Temporal CLI ${TEMPORAL_CLI_VERSION}: still building, ${seconds} s`);
  }, SIGN_OF_LIFE_MS);
  try {
    await installCached(cached, (directory) => goInstall(directory, env, signal));
    return cached;
  } finally {
    clearInterval(signOfLife);
  }
}

const run = promisify(execFile);

async function goInstall(
  directory: string,
  env: NodeJS.ProcessEnv | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  // Otherwise a CLI that is built in this way calls itself 0.0.0-DEV.
  const ldflags = `-s -w -X ${MODULE}/temporalcli.Version=${TEMPORAL_CLI_VERSION}`;
  const install = ['go', 'install', '-ldflags', ldflags, `${MODULE}/cmd/temporal@v${TEMPORAL_CLI_VERSION}`];
  await run('/usr/bin/env', [`GOBIN=${directory}`, ...install], { env, signal, maxBuffer: 64 * 1024 * 1024 });
}
