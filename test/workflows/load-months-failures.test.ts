import type { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { expect, test } from 'vitest';
import type { Activities } from '../../src/activities/index.ts';
import type { LoadMonthsReport, LoadMonthsStatus } from '../../src/contract.ts';
import { gate, untilCancelled, useWorkflows } from './use-workflows.ts';

const workflows = useWorkflows();

/** Downloads of which those of some months fail for good. */
const failing =
  (months: readonly string[], message = 'there is no file') =>
  (fakes: Activities): Partial<Activities> => ({
    download: (input) =>
      months.includes(input.month)
        ? Promise.reject(ApplicationFailure.nonRetryable(`green ${input.month}: ${message}`, 'SourceGone'))
        : fakes.download(input),
  });

async function failureOf(result: Promise<unknown>): Promise<ApplicationFailure> {
  return result.then(
    () => expect.fail('the range ended well'),
    (error: unknown) => (error as WorkflowFailedError).cause as ApplicationFailure,
  );
}

test('a range that goes on in spite of errors loads every other month, and names the failed one', async () => {
  await workflows.run(failing(['2021-02']), async (lab) => {
    const range = { dataset: 'green', from: '2021-01', to: '2021-05', continueOnError: true };
    const handle = await lab.start('loadMonths', [range]);
    const failed = [{ month: '2021-02', error: 'SourceGone: green 2021-02: there is no file' }];
    expect(await handle.result()).toMatchObject({ loaded: 4, failed, notStarted: 0 });
    expect(await handle.query<LoadMonthsStatus>('status')).toMatchObject({
      failed,
      running: [],
      waiting: [],
    });
    const { currentDetails } = await handle.query<{ currentDetails: string }>('__temporal_workflow_metadata');
    expect(currentDetails.split('\n')).toEqual([
      '**green**: 4 of 5 months done, 1 failed',
      '- 2021-02: SourceGone: green 2021-02: there is no file',
    ]);
    const found = (await handle.describe()).typedSearchAttributes.getAll();
    expect(found.find(({ key }) => key.name === 'LoadStatus')?.value).toBe('failed');
  });
});

test('a range stops at the first failure: it ends what is running, begins nothing more, and fails with its report', async () => {
  const running = gate();
  const failed = gate();
  await workflows.run(
    (fakes) => ({
      async download(input) {
        // The first month fails when the second one runs, which ends when the first has failed.
        if (input.month === '2020-01') {
          await running.promise;
          throw ApplicationFailure.nonRetryable('green 2020-01: there is no file', 'SourceGone');
        }
        running.open();
        await failed.promise;
        return fakes.download(input);
      },
    }),
    async (lab) => {
      const range = { dataset: 'green', from: '2020-01', to: '2020-06', concurrency: 2 };
      const handle = await lab.start('loadMonths', [range]);
      await expect(lab.client.workflow.getHandle('load-green-2020-01').result()).rejects.toThrow();
      failed.open();
      const failure = await failureOf(handle.result());
      expect(failure).toMatchObject({ type: 'MonthsFailed', nonRetryable: true });
      expect(failure.message).toBe(
        'green: 1 failed: 2020-01 (SourceGone: green 2020-01: there is no file); 4 later months were not started',
      );
      const report = failure.details?.[0] as LoadMonthsReport;
      expect(report).toMatchObject({ loaded: 1, skipped: 0, notStarted: 4, inserted: 4 });
      expect(report.failed.map(({ month }) => month)).toEqual(['2020-01']);
      expect(new Set(lab.calls.map(({ input }) => input.month))).toEqual(new Set(['2020-01', '2020-02']));
      const found = (await handle.describe()).typedSearchAttributes.getAll();
      expect(found.find(({ key }) => key.name === 'LoadStatus')?.value).toBe('failed');
    },
  );
});

test('failures without number and end still fit into the failure of the range, which names the first ten', async () => {
  const months = Array.from({ length: 12 }, (_, i) => `2019-${String(i + 1).padStart(2, '0')}`);
  const all = gate();
  let begun = 0;
  await workflows.run(
    {
      async download({ month }) {
        if (++begun === months.length) all.open();
        await all.promise;
        throw ApplicationFailure.nonRetryable(`green ${month}: ${'x'.repeat(100_000)}`, 'BadRow');
      },
    },
    async (lab) => {
      const handle = await lab.start('loadMonths', [{ dataset: 'green', months, concurrency: 12 }]);
      const failure = await failureOf(handle.result());
      expect(failure.type).toBe('MonthsFailed');
      expect(failure.message).toMatch(/^green: 12 failed: 2019-01 \(BadRow: .*; and 2 more$/);
      const report = failure.details?.[0] as LoadMonthsReport;
      expect(report.failed.map(({ month }) => month).sort()).toEqual(months);
      expect(JSON.stringify(report).length).toBeLessThan(12 * 600);
    },
  );
});

test('a month that is cancelled alone counts as failed, and the range goes on', async () => {
  const begun = gate();
  await workflows.run(
    (fakes) => ({
      async download(input) {
        if (input.month !== '2018-01') return fakes.download(input);
        begun.open();
        return untilCancelled();
      },
    }),
    async (lab) => {
      const range = {
        dataset: 'green',
        from: '2018-01',
        to: '2018-04',
        concurrency: 2,
        continueOnError: true,
      };
      const handle = await lab.start('loadMonths', [range]);
      await begun.promise;
      await lab.client.workflow.getHandle('load-green-2018-01').cancel();
      const report = (await handle.result()) as LoadMonthsReport;
      expect(report).toMatchObject({ loaded: 3, notStarted: 0 });
      expect(report.failed).toEqual([{ month: '2018-01', error: 'cancelled' }]);
    },
  );
});

test('a month that is terminated alone counts as failed, and the range goes on', async () => {
  const begun = gate();
  const over = gate();
  await workflows.run(
    (fakes) => ({
      async download(input) {
        if (input.month === '2018-07') {
          begun.open();
          await over.promise;
        }
        return fakes.download(input);
      },
    }),
    async (lab) => {
      const range = {
        dataset: 'green',
        from: '2018-07',
        to: '2018-09',
        concurrency: 1,
        continueOnError: true,
      };
      const handle = await lab.start('loadMonths', [range]);
      await begun.promise;
      await lab.client.workflow.getHandle('load-green-2018-07').terminate('a bad day');
      over.open();
      const report = (await handle.result()) as LoadMonthsReport;
      expect(report.loaded).toBe(2);
      expect(report.failed).toEqual([{ month: '2018-07', error: 'terminated' }]);
    },
  );
});
