import type { WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure, defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { expect, test } from 'vitest';
import type { Activities, DownloadInput, DownloadResult } from '../../src/activities/index.ts';
import {
  type CheckNowResult,
  type LoadMonthsReport,
  type LoadMonthStatus,
  type LoadReport,
  SearchAttribute,
} from '../../src/contract.ts';
import { fakeFile } from '../support/fake-activities.ts';
import { useMemoryTemporal } from './memory-temporal.ts';
import { gate, type Lab, useWorkflows } from './use-workflows.ts';

/** So few events that a load which waits goes on in another run every few looks. */
const MANY_EVENTS = 40;
const workflows = useWorkflows({ server: useMemoryTemporal({ manyEvents: MANY_EVENTS }) });

const month = { dataset: 'green', month: '2021-03' };
const waiting = { ...month, waitUntilPublished: true };

function missing(input: DownloadInput): DownloadResult {
  const { sourceUrl, filename } = fakeFile(input, '');
  return { outcome: 'not_published', source: 'csv', sourceUrl, filename, answer: 'HTTP 404', durationMs: 3 };
}

/** Downloads that find nothing until a month is published. */
function publisher(): { download: (fakes: Activities) => Partial<Activities>; publish: () => void } {
  let isThere = false;
  return {
    download: (fakes) => ({
      download: (input) => (isThere ? fakes.download(input) : Promise.resolve(missing(input))),
    }),
    publish: () => (isThere = true),
  };
}

/** Resolves with the status once the load waits and has looked so often. */
async function waits(handle: WorkflowHandle, looks = 1): Promise<LoadMonthStatus> {
  return expect
    .poll(() => handle.query<LoadMonthStatus>('status'), { timeout: 20_000, interval: 20 })
    .toMatchObject({ phase: 'waiting', publication: { looks } })
    .then(() => handle.query<LoadMonthStatus>('status'));
}

const looksOf = (lab: Lab) => lab.calls.filter(({ step }) => step === 'download');
const keyword = (name: string) => defineSearchAttributeKey(name, SearchAttributeType.KEYWORD);

test('a load that waits says so: by the query, the search attribute and the details', async () => {
  const source = publisher();
  await workflows.run(source.download, async (lab) => {
    const handle = await lab.start('loadMonth', [
      { ...waiting, lookEvery: '3 hours', waitAtMost: '10 days' },
    ]);
    const { publication } = await waits(handle);
    const { waitingSince, lastLookAt, nextLookAt, giveUpAt } = publication ?? expect.fail('it does not wait');
    expect(publication).toMatchObject({ looks: 1, lastAnswer: 'HTTP 404' });
    expect(Date.parse(nextLookAt) - Date.parse(lastLookAt)).toBe(3 * 3_600_000);
    expect(Date.parse(giveUpAt) - Date.parse(waitingSince)).toBe(10 * 86_400_000);
    const { typedSearchAttributes } = await handle.describe();
    expect(typedSearchAttributes.get(keyword(SearchAttribute.LoadStatus))).toBe('waiting');
    expect(looksOf(lab)[0]?.input).toMatchObject({ awaited: true });
    source.publish();
    await handle.executeUpdate('checkNow');
    expect(await handle.result()).toMatchObject({ status: 'loaded' });
    expect((await handle.query<LoadMonthStatus>('status')).publication).toBeNull();
  });
});

test('it looks at once when it is told to, and answers with what it found', async () => {
  const source = publisher();
  await workflows.run(source.download, async (lab) => {
    const handle = await lab.start('loadMonth', [waiting]);
    await waits(handle);
    const look = () => handle.executeUpdate<CheckNowResult, []>('checkNow');
    expect(await look()).toMatchObject({
      phase: 'waiting',
      publication: { looks: 2 },
      report: { status: 'not_published' },
    });
    source.publish();
    expect(await look()).toMatchObject({ publication: null, report: null });
    const report = (await handle.result()) as LoadReport;
    expect(report).toMatchObject({ status: 'loaded' });
    expect(looksOf(lab)).toHaveLength(3);
  });
});

test('several who ask at once are all answered', async () => {
  const source = publisher();
  await workflows.run(source.download, async (lab) => {
    const handle = await lab.start('loadMonth', [waiting]);
    const asked = Array.from({ length: 5 }, () => handle.executeUpdate<CheckNowResult, []>('checkNow'));
    for (const { phase } of await Promise.all(asked)) expect(phase).toBe('waiting');
    source.publish();
    await handle.executeUpdate('checkNow');
    await handle.result();
  });
});

test('it looks again by itself, and goes on in new runs so that its history stays short', async () => {
  const source = publisher();
  await workflows.run(source.download, async (lab) => {
    const triggered = {
      typedSearchAttributes: [{ key: keyword(SearchAttribute.TriggeredBy), value: 'schedule' }],
    };
    const handle = await lab.start('loadMonth', [{ ...waiting, lookEvery: '1 s' }], triggered);
    const { publication } = await waits(lab.client.workflow.getHandle(handle.workflowId), 6);
    const current = lab.client.workflow.getHandle(handle.workflowId);
    const { runId, historyLength, typedSearchAttributes } = await current.describe();
    expect(runId).not.toBe(handle.firstExecutionRunId);
    expect(historyLength).toBeLessThan(3 * MANY_EVENTS);
    expect(typedSearchAttributes.get(keyword(SearchAttribute.TriggeredBy))).toBe('schedule');
    const first = await lab.client.workflow
      .getHandle(handle.workflowId, handle.firstExecutionRunId)
      .describe();
    expect(publication?.waitingSince).toBe(first.startTime.toISOString());
    source.publish();
    expect(await handle.result()).toMatchObject({ status: 'loaded' });
  });
});

test('it gives up after its time, as not_published', async () => {
  await workflows.run(publisher().download, async (lab) => {
    const input = { ...waiting, lookEvery: '10 days', waitAtMost: '1 s' };
    expect(await lab.execute('loadMonth', input)).toMatchObject({ status: 'not_published', rowsInFile: 0 });
    expect(looksOf(lab).map(({ input }) => (input as DownloadInput).awaited)).toEqual([true, true]);
  });
});

test('a source that cannot be reached is asked again; what no retry can help fails at once', async () => {
  let failing = true;
  await workflows.run(
    (fakes) => ({
      download: (input) => (failing ? Promise.reject(new Error('no route to host')) : fakes.download(input)),
    }),
    async (lab) => {
      const handle = await lab.start('loadMonth', [waiting]);
      expect((await waits(handle)).publication).toMatchObject({ lastAnswer: 'no route to host' });
      failing = false;
      await handle.executeUpdate('checkNow');
      expect(await handle.result()).toMatchObject({ status: 'loaded' });
    },
  );
  const gone = () => Promise.reject(ApplicationFailure.nonRetryable('HTTP 410', 'SourceGone'));
  await workflows.run({ download: gone }, async (lab) => {
    await expect(lab.execute('loadMonth', waiting)).rejects.toThrow();
  });
});

test('it can be cancelled while it waits', async () => {
  await workflows.run(publisher().download, async (lab) => {
    const handle = await lab.start('loadMonth', [waiting]);
    await waits(handle);
    await handle.cancel();
    await expect(handle.result()).rejects.toThrow(/cancelled/i);
    expect(lab.steps()).toEqual(['download', 'dropStaging']);
  });
});

test('a load that is told to wait when it is all but over waits after all', async () => {
  const source = publisher();
  const ending = gate();
  await workflows.run(
    (fakes) => ({
      ...source.download(fakes),
      async dropStaging() {
        await ending.promise;
        return { loaded: null };
      },
    }),
    async (lab) => {
      const handle = await lab.start('loadMonth', [month]);
      await expect.poll(() => lab.steps()).toContain('dropStaging');
      await handle.signal('waitUntilPublished', {});
      ending.open();
      await waits(handle, 2);
      source.publish();
      await handle.signal('waitUntilPublished', { lookEvery: '1 h' });
      expect(await handle.result()).toMatchObject({ status: 'loaded' });
    },
  );
});

test('a signal that makes no sense is ignored', async () => {
  await workflows.run(publisher().download, async (lab) => {
    const handle = await lab.start('loadMonth', [waiting]);
    await waits(handle);
    await handle.signal('waitUntilPublished', { lookEvery: 'often' });
    await handle.signal('waitUntilPublished', { lookEvery: '2 h' });
    const { publication } = await waits(handle, 2);
    expect(Date.parse(publication?.nextLookAt ?? '') - Date.parse(publication?.lastLookAt ?? '')).toBe(
      7_200_000,
    );
    await handle.terminate();
  });
});

test('a range that meets a month whose load waits counts it as not published, and goes on', async () => {
  const answer = missing({ ...month, source: 'auto', again: false });
  if (answer.outcome !== 'not_published') expect.fail();
  await workflows.run(publisher().download, async (lab) => {
    const handle = await lab.start('loadMonth', [waiting], { workflowId: 'load-green-2021-03' });
    await waits(handle);
    const { report } = await handle.executeUpdate<CheckNowResult, []>('checkNow');
    await workflows.run(
      { awaitLoad: () => Promise.resolve({ notPublished: report as LoadReport }) },
      async (range) => {
        const input = { dataset: 'green', from: '2021-03', to: '2021-04' };
        const ended = await range.execute<LoadMonthsReport>('loadMonths', input);
        expect(ended).toMatchObject({ notPublished: 1, loaded: 1 });
        expect(range.calls.find(({ step }) => step === 'awaitLoad')?.input).not.toHaveProperty(
          'untilPublished',
        );
      },
    );
    await handle.terminate();
  });
});

test('how far a wait has come is nobody’s to say', async () => {
  const carried = { since: '2021-01-01T00:00:00.000Z', giveUpAt: '2021-01-02T00:00:00.000Z', looks: 3 };
  await workflows.run({}, async (lab) => {
    const handle = await lab.start('loadMonth', [{ ...waiting, carried }]);
    await expect(handle.result()).rejects.toMatchObject({ cause: { message: /carried: is not an option/ } });
  });
});
