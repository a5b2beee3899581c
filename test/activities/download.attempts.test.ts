import type { ServerResponse } from 'node:http';
import type { Info } from '@temporalio/activity';
import { ActivityCancellationDetails, CancelledFailure } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { useDatabase } from '../support/database.ts';
import { begin, file, hangUp, stall, status, useFaultyServer } from '../support/faulty-server.ts';
import { type Attempt, packed, sha256, useDownloading } from './downloading.ts';

const server = useFaultyServer();
const downloading = useDownloading(useDatabase(), server);
const strong = { etag: '"v1"' };
const limit = { retryPolicy: { maximumAttempts: 3 } } as Partial<Info>;

/** Resolves once the attempt has said that it has something to go on with. */
async function underWay({ beats, environment }: Attempt): Promise<void> {
  while (beats.at(-1)?.resume === undefined) {
    await new Promise((resolve) => environment.once('heartbeat', resolve));
  }
}

/** Has an attempt cut off in the middle; returns what Temporal knows when the next one begins. */
async function cutOff(info: Partial<Info> = {}): Promise<Partial<Info>> {
  const sent = new Promise<ServerResponse>((resolve) =>
    server.script(begin(packed, 20_000, strong, resolve)),
  );
  const attempt = downloading.start({}, { ...limit, ...info });
  await underWay(attempt);
  (await sent).socket?.end();
  await expect(attempt.result).rejects.toMatchObject({ type: 'TruncatedBodyError', nonRetryable: false });
  return { ...limit, attempt: (info.attempt ?? 1) + 1, heartbeatDetails: attempt.beats.at(-1) };
}

describe('an attempt that fails', () => {
  it('says where it stopped, and the next one goes on there', async () => {
    const next = await cutOff();
    expect(next.heartbeatDetails).toEqual({
      step: 'download',
      bytes: 20_000,
      totalBytes: packed.length,
      resume: { path: expect.stringMatching(/\.part$/) as string, etag: '"v1"' },
    });
    server.script(file(packed, strong));
    expect(await downloading.run({}, next)).toMatchObject({ outcome: 'fetched', file: { sha256 } });
    expect(server.requests[1]?.headers).toMatchObject({ range: 'bytes=20000-', 'if-range': '"v1"' });
    expect(await downloading.names()).toEqual([`${sha256}.file`]);
  });

  it('says so again when it gets no answer, since the next one starts from its file', async () => {
    const second = await cutOff();
    server.script(hangUp);
    const attempt = downloading.start({}, second);
    await expect(attempt.result).rejects.toMatchObject({
      message: expect.stringMatching(/^green 2021-03: fetch failed: ./) as string,
      nonRetryable: false,
    });
    server.script(file(packed, strong));
    await downloading.run({}, { ...second, attempt: 3, heartbeatDetails: attempt.beats.at(-1) });
    expect(server.requests.at(-1)?.headers.range).toBe('bytes=20000-');
  });

  it('leaves nothing when it was the last one', async () => {
    const second = await cutOff();
    expect(await downloading.names()).toHaveLength(1);
    await cutOff({ ...second, attempt: 3 });
    expect(await downloading.names()).toEqual([]);
  });

  it('leaves nothing when it was the last one and got no answer', async () => {
    const second = await cutOff();
    server.script(status(503));
    await expect(downloading.run({}, { ...second, attempt: 3 })).rejects.toMatchObject({
      nonRetryable: false,
    });
    expect(await downloading.names()).toEqual([]);
  });

  it('leaves nothing when no other can help', async () => {
    const second = await cutOff();
    server.script(file(Buffer.from('<html>Maintenance</html>')));
    await expect(downloading.run({}, second)).rejects.toMatchObject({
      type: 'SourceCorrupt',
      nonRetryable: true,
      message: expect.stringMatching(
        /^green 2021-03: not a CSV file, it begins with "<html>Main.*; the file at the source is broken/,
      ) as string,
    });
    expect(await downloading.names()).toEqual([]);
  });

  it('is followed no sooner than the source asked for', async () => {
    server.script(status(429, { 'retry-after': '90' }));
    await expect(downloading.run({}, limit)).rejects.toMatchObject({
      nonRetryable: false,
      nextRetryDelay: 90_000,
      message: `green 2021-03: ${downloading.url()} answered with HTTP status 429`,
    });
  });

  it.each([[null], ['x'], [7], [{ resume: null }], [{ resume: {} }], [{ resume: { path: 7 } }]])(
    'is followed even if it has said what makes no sense: %j',
    async (heartbeatDetails) => {
      server.script(file(packed, strong));
      expect(await downloading.run({}, { heartbeatDetails })).toMatchObject({ outcome: 'fetched' });
    },
  );
});

describe('an attempt that is cancelled', () => {
  it.each([
    ['by whoever wants the load to end', new ActivityCancellationDetails({ cancelRequested: true }), 0],
    ['because the server has given it up', new ActivityCancellationDetails({ notFound: true }), 0],
    [
      'because its worker shuts down: another goes on',
      new ActivityCancellationDetails({ workerShutdown: true }),
      1,
    ],
  ])('lets go of its source at once: %s', async (_name, details, left) => {
    server.script(stall(packed, 20_000, strong));
    const attempt = downloading.start({}, limit);
    await underWay(attempt);
    attempt.environment.cancel('CANCELLED', details);
    await expect(attempt.result).rejects.toBeInstanceOf(CancelledFailure);
    await server.leftByClient();
    expect(await downloading.names()).toHaveLength(left);
  });

  it('because it was given up as lost takes nothing from the one that took over', async () => {
    server.script(stall(packed, 20_000, strong));
    const lost = downloading.start({}, limit);
    await underWay(lost);
    const sent = new Promise<ServerResponse>((resolve) =>
      server.script(begin(packed, 10_000, strong, resolve)),
    );
    const next = downloading.start({}, { ...limit, attempt: 2, heartbeatDetails: lost.beats.at(-1) });
    const response = await sent;
    lost.environment.cancel('NOT_FOUND', new ActivityCancellationDetails({ notFound: true }));
    await expect(lost.result).rejects.toBeInstanceOf(CancelledFailure);
    response.end(packed.subarray(30_000));
    expect(await next.result).toMatchObject({ outcome: 'fetched', file: { sha256 } });
  });
});
