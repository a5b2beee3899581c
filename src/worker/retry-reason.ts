import { ApplicationFailure, CancelledFailure } from '@temporalio/common';

/**
 * Why a phase is tried again, as a label: `http_503`, `sqlstate_40P01`, `ECONNRESET` or the kind of the error. There
 * are only so many of each. Undefined for what is not tried again.
 */
export function retryReason(error: unknown, { isStopping }: { isStopping: boolean }): string | undefined {
  if (error instanceof CancelledFailure) return isStopping ? 'worker_stopped' : undefined;
  if (error instanceof ApplicationFailure) {
    if (error.nonRetryable === true) return undefined;
    return codeOf(error.cause) ?? error.type ?? 'unknown';
  }
  return codeOf(error) ?? (error instanceof Error ? error.name : 'unknown');
}

/** The code that an error has, or one that it was made of: fetch tells only its cause what happened. */
function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, status } = error as Error & { code?: unknown; status?: unknown };
  if (typeof status === 'number') return `http_${status}`;
  if (typeof code === 'string') return /^[0-9A-Z]{5}$/.test(code) ? `sqlstate_${code}` : code;
  const inner = error instanceof AggregateError ? (error.errors as unknown[])[0] : error.cause;
  return codeOf(inner);
}
