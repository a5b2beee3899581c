import { execFile } from 'node:child_process';
import { readdir, rename, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { promisify } from 'node:util';
import type { FindTemporalCliOptions } from './find-temporal-cli.ts';
import { installCached } from './install-cached.ts';
import type { OnProgress } from './on-progress.ts';
import { StackError } from './stack-error.ts';
import { TEMPORAL_CLI_VERSION } from './temporal-version.ts';

const LOOK_EVERY_MS = 1_000;
const STALLED_MS = 12_000;

/** The SDK offers no download alone: it starts a server with what it has downloaded, which is then stopped. */
const DOWNLOAD = `
  const [testing, version, downloadDir] = process.argv.slice(1);
  const { TestWorkflowEnvironment } = await import(testing);
  const executable = { type: 'cached-download', version, downloadDir };
  const environment = await TestWorkflowEnvironment.createLocal({ server: { executable } });
  await environment.teardown();
`;

/** Has the SDK download the Temporal CLI into the cache as `cached`; gives up when nothing arrives for 12 s. */
export async function downloadTemporalCli(
  { onProgress, env, signal }: FindTemporalCliOptions,
  cached: string,
): Promise<string> {
  onProgress(`Temporal CLI ${TEMPORAL_CLI_VERSION}: downloading it`);
  await installCached(cached, async (directory) => {
    const stalled = new AbortController();
    const stopWatching = watchGrowth(directory, onProgress, stalled);
    try {
      await runDownload(directory, env, signal ? AbortSignal.any([signal, stalled.signal]) : stalled.signal);
    } catch (cause) {
      const reason = stalled.signal.aborted ? `nothing arrived for ${STALLED_MS / 1000} s` : failure(cause);
      throw new StackError(reason, { cause });
    } finally {
      stopWatching();
    }
    await rename(await onlyFile(directory), path.join(directory, path.basename(cached)));
  });
  return cached;
}

/**
 * In a process of its own, because the SDK's download cannot be cancelled, and because `@temporalio/testing` would
 * load a heavy native module and install the one SDK runtime of this process, which a worker wants to configure.
 */
async function runDownload(
  directory: string,
  env: NodeJS.ProcessEnv | undefined,
  signal: AbortSignal,
): Promise<void> {
  const testing = createRequire(import.meta.url).resolve('@temporalio/testing');
  const script = ['--input-type=module', '--eval', DOWNLOAD, testing, `v${TEMPORAL_CLI_VERSION}`, directory];
  await promisify(execFile)(process.execPath, script, { env, signal });
}

function watchGrowth(directory: string, onProgress: OnProgress, stalled: AbortController): () => void {
  let arrived = 0;
  let lastGrowth = Date.now();
  const look = async (): Promise<void> => {
    const sizeBytes = await directorySize(directory);
    if (sizeBytes > arrived) {
      arrived = sizeBytes;
      lastGrowth = Date.now();
      onProgress(`Temporal CLI ${TEMPORAL_CLI_VERSION}: downloading it, ${Math.round(sizeBytes / 1e6)} MB`);
    } else if (Date.now() - lastGrowth > STALLED_MS) {
      stalled.abort();
    }
  };
  const timer = setInterval(() => void look(), LOOK_EVERY_MS);
  return () => clearInterval(timer);
}

async function directorySize(directory: string): Promise<number> {
  const names = await readdir(directory).catch(() => []);
  const sizes = names.map((name) =>
    stat(path.join(directory, name)).then(
      ({ size }) => size,
      () => 0,
    ),
  );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

async function onlyFile(directory: string): Promise<string> {
  const [name, ...others] = await readdir(directory);
  if (name === undefined || others.length > 0)
    throw new StackError(`the download left ${others.length + 1} files`);
  return path.join(directory, name);
}

/** The SDK's message repeats itself with every layer; the last part is the cause. */
function failure(cause: unknown): string {
  const text = cause instanceof Error && 'stderr' in cause ? String(cause.stderr) : String(cause);
  const message = /Error: (.+?)\]?$/m.exec(text)?.[1] ?? text.trim();
  return message.split(': ').slice(-2).join(': ');
}
