import { activityInfo, type Info } from '@temporalio/activity';
import { ActivityCancellationDetails, ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { runStep, type Step } from '../../src/activities/step.ts';

const quiet = new DefaultLogger('ERROR');
const about = { dataset: 'green', month: '2021-03' };
afterEach(() => void vi.useRealTimers());

function environment(info: Partial<Info> = {}) {
  const mock = new MockActivityEnvironment(info, { logger: quiet });
  const beats: unknown[] = [];
  mock.on('heartbeat', (details: unknown) => beats.push(details));
  return { mock, beats, run: <T>(work: (step: Step) => Promise<T>) => mock.run(() => runStep(about, work)) };
}

const policy = (maximumAttempts?: number) => ({
  retryPolicy: { ...(maximumAttempts === undefined ? {} : { maximumAttempts }) },
});
const shutdown = new ActivityCancellationDetails({ workerShutdown: true });

describe('a step', () => {
  it('returns what its work returns and knows its run', async () => {
    const { run } = environment({ workflowExecution: { workflowId: 'load-green-2021-03', runId: 'r1' } });
    expect(await run(({ run }) => Promise.resolve(run))).toEqual({
      namespace: 'test',
      workflowId: 'load-green-2021-03',
      runId: 'r1',
    });
  });

  it('fails with what it is about', async () => {
    const failure = environment().run(() => Promise.reject(new Error('no luck')));
    await expect(failure).rejects.toMatchObject({
      name: 'ApplicationFailure',
      message: 'green 2021-03: no luck',
      nonRetryable: false,
    });
  });

  it('that is cancelled ends as cancelled, whatever error that makes', async () => {
    const { mock, run } = environment();
    const failure = run(async ({ signal }) => {
      mock.cancel();
      await Promise.resolve();
      throw new Error(`connection closed (${signal.aborted})`);
    });
    await expect(failure).rejects.toBeInstanceOf(CancelledFailure);
  });

  it('that is cancelled when it is done has done it all the same', async () => {
    const { mock, run } = environment();
    const done = await run(() => {
      mock.cancel();
      return Promise.resolve('done');
    });
    expect(done).toBe('done');
  });
});

describe('progress', () => {
  it('is passed on at once, and then no more than five times a second', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const { beats, run } = environment();
    await run((step) => {
      for (let bytes = 0; bytes < 1_000; bytes++) {
        step.beat({ step: 'download', bytes });
        vi.setSystemTime(Date.now() + 1);
      }
      return Promise.resolve();
    });
    expect(beats).toEqual([0, 200, 400, 600, 800].map((bytes) => ({ step: 'download', bytes })));
  });

  it('is reported while a statement says nothing, and not after it', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const { beats, run } = environment();
    let finish: (value: string) => void = () => {};
    const running = run((step) =>
      step.beatWhile({ step: 'merge' }, new Promise<string>((resolve) => (finish = resolve))),
    );
    await vi.advanceTimersByTimeAsync(10_000);
    expect(beats).toHaveLength(11);
    finish('done');
    expect(await running).toBe('done');
    await vi.advanceTimersByTimeAsync(10_000);
    expect(beats).toHaveLength(11);
  });

  it('is not reported after a statement that failed', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const { beats, run } = environment();
    await expect(
      run((step) => step.beatWhile({ step: 'hash' }, Promise.reject(new Error('no')))),
    ).rejects.toThrow('no');
    await vi.advanceTimersByTimeAsync(10_000);
    expect(beats).toHaveLength(1);
  });
});

describe('a step that waits', () => {
  const fake = () => vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] });

  it('repeats what it said last, every second, so that it hears of its cancellation', async () => {
    fake();
    const { beats, run } = environment();
    let finish: () => void = () => {};
    const running = run((step) => {
      step.beat({ step: 'copy', bytes: 7 });
      return new Promise<void>((resolve) => (finish = resolve));
    });
    await vi.advanceTimersByTimeAsync(3_000);
    expect(beats).toEqual(Array(4).fill({ step: 'copy', bytes: 7 }));
    finish();
    await running;
    await vi.advanceTimersByTimeAsync(3_000);
    expect(beats).toHaveLength(4);
  });

  it('and has said nothing repeats what the attempt before it said', async () => {
    fake();
    const { beats, run } = environment({ heartbeatDetails: { resume: 'here' } });
    let finish: () => void = () => {};
    const running = run(() => new Promise<void>((resolve) => (finish = resolve)));
    await vi.advanceTimersByTimeAsync(1_000);
    finish();
    await running;
    expect(beats).toEqual([{ resume: 'here' }]);
  });

  it('for something that must move is given up when it has not for as long as it may take', async () => {
    fake();
    const { run } = environment();
    const begun = Date.now();
    const failure = run((step) =>
      step.unlessStalled(30_000, async (watched) => {
        await vi.advanceTimersByTimeAsync(20_000);
        watched.beat({ step: 'copy', bytes: 1 });
        await watched.beatWhile({ step: 'copy' }, vi.advanceTimersByTimeAsync(60_000));
        await vi.advanceTimersByTimeAsync(29_000);
        watched.signal.throwIfAborted();
        await vi.advanceTimersByTimeAsync(2_000);
        watched.signal.throwIfAborted();
      }),
    );
    await expect(failure).rejects.toMatchObject({
      message: 'green 2021-03: nothing moved for 30 s',
      nonRetryable: false,
    });
    expect(Date.now() - begun).toBe(111_000);
  });
});

describe('an attempt', () => {
  const isFollowed = (info: Partial<Info>, error: unknown = new Error('no luck')) =>
    environment(info).run((step) => Promise.resolve(step.isFollowed(error)));

  it.each([
    [1, 3, true],
    [2, 3, true],
    [3, 3, false],
    [1, 1, false],
    [99, 0, true],
    [99, undefined, true],
  ])('%i of %j is followed by another: %j', async (attempt, limit, followed) => {
    expect(await isFollowed({ attempt, ...policy(limit) })).toBe(followed);
  });

  it('is the last one on a failure that no retry can help', async () => {
    expect(await isFollowed({}, ApplicationFailure.nonRetryable('no'))).toBe(false);
    expect(await isFollowed({}, ApplicationFailure.retryable('no'))).toBe(true);
  });

  it.each([
    ['a worker that shuts down', shutdown, true],
    ['whoever asks for it', new ActivityCancellationDetails({ cancelRequested: true }), false],
    ['the server, which has given it up', new ActivityCancellationDetails({ notFound: true }), false],
  ])('that is cancelled by %s is followed by another: %j', async (_name, details, followed) => {
    const { mock, run } = environment();
    let found: boolean | undefined;
    await run((step) => {
      mock.cancel('CANCELLED', details);
      found = step.isFollowed(new Error('aborted'));
      return Promise.resolve(activityInfo());
    });
    expect(found).toBe(followed);
  });
});
