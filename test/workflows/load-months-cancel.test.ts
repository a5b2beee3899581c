import type { WorkflowHandle } from '@temporalio/client';
import { CancelledFailure } from '@temporalio/common';
import { expect, test } from 'vitest';
import { awaitLoad } from '../../src/activities/await-load.ts';
import type { Activities } from '../../src/activities/index.ts';
import type { LoadMonthsStatus } from '../../src/contract.ts';
import { fakeSkipped } from '../support/fake-activities.ts';
import { gate, untilCancelled, useWorkflows } from './use-workflows.ts';

const workflows = useWorkflows();
const stateOf = async (handle: WorkflowHandle) => (await handle.describe()).status.name;
const cancelled = { cause: expect.any(CancelledFailure) as Error };

test('a cancelled range cancels its months and ends after the last of them has cleared up', async () => {
  const begun = { '2021-01': gate(), '2021-02': gate() };
  const mayClearUp = gate();
  await workflows.run(
    {
      copyToStaging({ month }) {
        begun[month as keyof typeof begun].open();
        return untilCancelled();
      },
      async dropStaging({ month }) {
        if (month === '2021-02') await mayClearUp.promise;
        return { loaded: null };
      },
    },
    async (lab) => {
      const range = { dataset: 'green', from: '2021-01', to: '2021-06', concurrency: 2 };
      const handle = await lab.start('loadMonths', [range]);
      const [first, second] = ['2021-01', '2021-02'].map((month) =>
        lab.client.workflow.getHandle(`load-green-${month}`),
      ) as [WorkflowHandle, WorkflowHandle];
      await Promise.all(Object.values(begun).map(({ promise }) => promise));
      await handle.cancel();
      await expect(first.result()).rejects.toMatchObject(cancelled);
      // By the answer, the range knows of the first month's end.
      await expect
        .poll(async () => (await handle.query<LoadMonthsStatus>('status')).running)
        .toEqual(['2021-02']);
      expect(await stateOf(handle)).toBe('RUNNING');
      mayClearUp.open();
      await expect(handle.result()).rejects.toMatchObject(cancelled);
      expect(await stateOf(second)).toBe('CANCELLED');
      expect(lab.steps().filter((step) => step === 'dropStaging')).toHaveLength(2);
      const status = await handle.query<LoadMonthsStatus>('status');
      expect(status).toMatchObject({ running: [], done: [], failed: [] });
      expect([...status.waiting].sort()).toEqual([
        '2021-01',
        '2021-02',
        '2021-03',
        '2021-04',
        '2021-05',
        '2021-06',
      ]);
      const found = (await handle.describe()).typedSearchAttributes.getAll();
      expect(found.find(({ key }) => key.name === 'LoadStatus')?.value).toBe('cancelled');
    },
  );
});

test('a cancelled range is cancelled even if its running months end well in spite of it', async () => {
  const begun = gate();
  const cancel = gate();
  await workflows.run(
    (fakes) => ({
      async mergeStaging(input) {
        begun.open();
        await cancel.promise;
        return fakes.mergeStaging(input);
      },
    }),
    async (lab) => {
      const range = { dataset: 'green', from: '2020-01', to: '2020-03', concurrency: 1 };
      const handle = await lab.start('loadMonths', [range]);
      await begun.promise;
      await handle.cancel();
      cancel.open();
      await expect(handle.result()).rejects.toMatchObject(cancelled);
      expect(await handle.query('status')).toMatchObject({
        done: [{ month: '2020-01', status: 'loaded' }],
        waiting: ['2020-02', '2020-03'],
      });
    },
  );
});

test('a range whose last month ends well in spite of a cancellation is done, and says so', async () => {
  const begun = gate();
  const cancel = gate();
  await workflows.run(
    (fakes) => ({
      async mergeStaging(input) {
        begun.open();
        await cancel.promise;
        return fakes.mergeStaging(input);
      },
    }),
    async (lab) => {
      const handle = await lab.start('loadMonths', [{ dataset: 'green', months: ['2020-07'] }]);
      await begun.promise;
      await handle.cancel();
      cancel.open();
      expect(await handle.result()).toMatchObject({ loaded: 1, notStarted: 0 });
    },
  );
});

/** A load of the month that somebody else has started, which ends when its gate opens. */
function elsewhere(month: string) {
  const begun = gate();
  const mayEnd = gate();
  const waited = gate();
  let downloads = 0;
  return {
    begun,
    mayEnd,
    waited,
    overrides: (fakes: Activities) => ({
      async download(input: Parameters<typeof fakes.download>[0]) {
        if (input.month !== month) return fakes.download(input);
        if (++downloads > 1) {
          return { outcome: 'unchanged', report: fakeSkipped(input), durationMs: 1 } as const;
        }
        begun.open();
        await mayEnd.promise;
        return fakes.download(input);
      },
      awaitLoad: (input: Parameters<typeof awaitLoad>[0]) => awaitLoad(input).finally(() => waited.open()),
    }),
  };
}

test('a month that somebody else is loading is waited for, and then costs a look into the ledger', async () => {
  const month = '2019-05';
  const { overrides, begun, mayEnd, waited } = elsewhere(month);
  await workflows.run(overrides, async (lab) => {
    const workflowId = `load-green-${month}`;
    const other = await lab.start('loadMonth', [{ dataset: 'green', month }], { workflowId });
    await begun.promise;
    const handle = await lab.start('loadMonths', [{ dataset: 'green', from: '2019-04', to: month }]);
    await waited.promise;
    expect(await handle.query('status')).toMatchObject({
      running: expect.arrayContaining([month]) as string[],
    });
    mayEnd.open();
    expect(await other.result()).toMatchObject({ status: 'loaded' });
    expect(await handle.result()).toMatchObject({ loaded: 1, skipped: 1, failed: [] });
    const waits = lab.calls.filter(({ step }) => step === 'awaitLoad');
    expect(waits[0]?.input).toEqual({ dataset: 'green', month, workflowId });
    expect(lab.steps(month).filter((step) => step === 'mergeStaging')).toHaveLength(1);
  });
});

test("a range that is cancelled while it waits for somebody else's load leaves that alone", async () => {
  const month = '2019-08';
  const { overrides, begun, mayEnd, waited } = elsewhere(month);
  await workflows.run(overrides, async (lab) => {
    const workflowId = `load-green-${month}`;
    const other = await lab.start('loadMonth', [{ dataset: 'green', month }], { workflowId });
    await begun.promise;
    const handle = await lab.start('loadMonths', [{ dataset: 'green', months: [month] }]);
    await waited.promise;
    await handle.cancel();
    await expect(handle.result()).rejects.toMatchObject(cancelled);
    mayEnd.open();
    expect(await other.result()).toMatchObject({ status: 'loaded' });
  });
});
