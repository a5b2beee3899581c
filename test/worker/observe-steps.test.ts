import { type Context as OtelContext, trace, type Tracer, type TracerProvider } from '@opentelemetry/api';
import { ApplicationFailure } from '@temporalio/common';
import type { Client } from '@temporalio/client';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { pino } from 'pino';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { HttpStatusError } from '../../src/source/request.ts';
import type { Metrics } from '../../src/worker/metrics.ts';
import { observeSteps } from '../../src/worker/observe-steps.ts';
import { retryReason } from '../../src/worker/retry-reason.ts';

const RUN_ID = '01a20f5a-77fa-7f03-87d4-6fb6861972da';
const input = { dataset: 'green', month: '2021-01' };

/** An observed download that ends as `work` says; `lastFailure` is what Temporal has of the attempt before. */
function observed(info: { attempt: number; activityType?: string }, lastFailure?: object) {
  const metrics = {
    downloaded: vi.fn(),
    merged: vi.fn(),
    phaseEnded: vi.fn(),
    retried: vi.fn(),
    stand: vi.fn(),
  } satisfies Metrics;
  const onLoadEnd = vi.fn();
  const describe = () =>
    Promise.resolve({ raw: { pendingActivities: [{ activityId: 'a', lastFailure: lastFailure ?? null }] } });
  const client = { workflow: { getHandle: () => ({ describe }) } } as unknown as Client;
  const environment = new MockActivityEnvironment(
    {
      activityType: 'download',
      activityId: 'a',
      workflowExecution: { workflowId: 'load-green-2021-01', runId: RUN_ID },
      retryPolicy: { maximumAttempts: 3 },
      ...info,
    },
    {
      logger: new DefaultLogger('ERROR', () => undefined),
      interceptors: [observeSteps({ metrics, client, logger: pino({ level: 'silent' }), onLoadEnd })],
    },
  );
  return { metrics, onLoadEnd, run: (work: () => Promise<unknown>) => environment.run(work, input as never) };
}

const notPublished = () => Promise.resolve({ outcome: 'not_published' });

describe('a step of a load', () => {
  it('that ends is measured', async () => {
    const { metrics, run } = observed({ attempt: 1 });
    await run(notPublished);
    expect(metrics.phaseEnded).toHaveBeenCalledWith('green', 'download', expect.any(Number));
    expect(metrics.retried).not.toHaveBeenCalled();
  });

  it('that fails and is tried again is counted under its reason', async () => {
    const { metrics, run } = observed({ attempt: 1 });
    const failure = ApplicationFailure.create({
      message: 'x',
      cause: Object.assign(new Error('x'), { status: 503 }),
    });
    await expect(run(() => Promise.reject(failure))).rejects.toBe(failure);
    expect(metrics.retried).toHaveBeenCalledWith('green', 'download', 'http_503');
    expect(metrics.phaseEnded).not.toHaveBeenCalled();
  });

  it('that fails for the last time, or for good, is not tried again', async () => {
    const last = observed({ attempt: 3 });
    await expect(last.run(() => Promise.reject(new Error('x')))).rejects.toThrow();
    expect(last.metrics.retried).not.toHaveBeenCalled();
    const terminal = observed({ attempt: 1 });
    const failure = ApplicationFailure.nonRetryable('x', 'BadRow');
    await expect(terminal.run(() => Promise.reject(failure))).rejects.toThrow();
    expect(terminal.metrics.retried).not.toHaveBeenCalled();
  });

  it('whose worker was lost is counted by the attempt after it', async () => {
    const lost = observed({ attempt: 2 }, { timeoutFailureInfo: { timeoutType: 4 } });
    await lost.run(notPublished);
    await vi.waitFor(() =>
      expect(lost.metrics.retried).toHaveBeenCalledWith('green', 'download', 'worker_lost'),
    );
    const counted = observed({ attempt: 2 }, { applicationFailureInfo: {} });
    await counted.run(notPublished);
    expect(counted.metrics.retried).not.toHaveBeenCalled();
  });

  it('that clears up is the end of a load', async () => {
    const { onLoadEnd, run } = observed({ attempt: 1, activityType: 'dropStaging' });
    await run(() => Promise.resolve({ loaded: null }));
    expect(onLoadEnd).toHaveBeenCalledOnce();
  });
});

describe('the reason of a retry', () => {
  const reason = (error: unknown) => retryReason(error, { isStopping: false });

  it.each([
    ['http_429', new HttpStatusError(new URL('http://x/'), 429, undefined)],
    [
      'sqlstate_40P01',
      ApplicationFailure.create({ cause: Object.assign(new Error('x'), { code: '40P01' }) }),
    ],
    [
      'ECONNRESET',
      new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code: 'ECONNRESET' }) }),
    ],
    ['TruncatedBodyError', ApplicationFailure.create({ type: 'TruncatedBodyError', cause: new Error('x') })],
    [undefined, ApplicationFailure.nonRetryable('x', 'BadRow')],
  ])('is %s', (expected, error) => {
    expect(reason(error)).toBe(expected);
  });
});

describe('traces', () => {
  afterEach(() => trace.disable());

  it('have a span for each step, all of a load in the trace that has the id of its run', async () => {
    const spans: { name: string; traceId: string | undefined; ended: boolean }[] = [];
    const provider: TracerProvider = {
      getTracer: () =>
        ({
          startSpan: () => {
            throw new Error('not used');
          },
          startActiveSpan(name: string, _: object, context: OtelContext, work: (span: object) => unknown) {
            const span = { name, traceId: trace.getSpanContext(context)?.traceId, ended: false };
            spans.push(span);
            return work({ end: () => (span.ended = true), recordException: vi.fn(), setStatus: vi.fn() });
          },
        }) as unknown as Tracer,
    };
    trace.setGlobalTracerProvider(provider);
    await observed({ attempt: 1 }).run(notPublished);
    await expect(observed({ attempt: 1 }).run(() => Promise.reject(new Error('x')))).rejects.toThrow();
    const span = { name: 'download green 2021-01', traceId: RUN_ID.replaceAll('-', ''), ended: true };
    expect(spans).toEqual([span, span]);
  });
});
