import { setTimeout } from 'node:timers/promises';
import { CorruptFileError, OversizedFileError } from '../source/content-check.ts';
import { type FetchResult, fetchFile } from '../source/fetch-file.ts';
import type { FileLocation } from '../source/locate.ts';
import { HttpStatusError } from '../source/request.ts';
import type { Scratch } from './scratch.ts';
import { VerifyError } from './verify-error.ts';

/** How long to wait for a source that fails, try by try; somebody sits and waits for the answer. */
const WAITS_MS = [1_000, 4_000, 10_000];
/** A source that wants to be left alone for longer is left alone. */
const LONGEST_WAIT_MS = 60_000;
/** Besides the server's own failures: a CDN's throttling, a time-out, too many requests. */
const PASSING_STATUSES = [403, 408, 429];

/** Fetches the file into the scratch directory, trying again what may pass, and returns its SHA-256. */
export async function fetchAgain(
  { directory }: Scratch,
  location: FileLocation,
  signal: AbortSignal,
  onStep: (step: string) => void,
): Promise<string> {
  const options = { cache: { directory }, runId: 'verify', signal, onProgress: () => undefined };
  const where = location.url.href;
  for (let tries = 0; ; tries++) {
    const result = await fetchFile(location, options).catch((error: unknown) => ({ error }));
    signal.throwIfAborted();
    if (!('error' in result)) return shaOf(result, where);
    const wait = waitAfter(result.error, tries);
    const reason = describe(result.error);
    if (wait === undefined || location.url.protocol === 'file:')
      throw new VerifyError(`${where} cannot be read again: ${reason}`);
    onStep(`${reason}; tries again in ${Math.ceil(wait / 1_000)} s`);
    await setTimeout(wait, undefined, { signal });
  }
}

function shaOf(result: FetchResult, where: string): string {
  if (result.kind === 'whole') return result.sha256;
  throw new VerifyError(`there is no file at ${where} any more; name another with --url`);
}

/** How long to wait until another try; undefined where none can help, or enough were made. */
function waitAfter(error: unknown, tries: number): number | undefined {
  if (error instanceof CorruptFileError || error instanceof OversizedFileError) return undefined;
  // Whatever is wrong with the address itself.
  if (error instanceof Error && 'nonRetryable' in error && error.nonRetryable === true) return undefined;
  if (!(error instanceof HttpStatusError)) return WAITS_MS[tries];
  if (error.status < 500 && !PASSING_STATUSES.includes(error.status)) return undefined;
  const wait = Math.max(WAITS_MS[tries] ?? Infinity, error.retryAfterMs ?? 0);
  return wait <= LONGEST_WAIT_MS ? wait : undefined;
}

function describe(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? `${message}: ${cause.message}` : message;
}
