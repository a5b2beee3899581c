import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { expect, test } from 'vitest';
import type { LoadMonthsReport, LoadMonthsStatus } from '../../src/contract.ts';
import { monthsBetween } from '../../src/datasets/month.ts';
import { fakeSkipped, ROWS } from '../support/fake-activities.ts';
import { useMemoryTemporal } from './memory-temporal.ts';
import { gate, type Lab, useWorkflows } from './use-workflows.ts';

/** For this server, a month for each lane makes a long history. */
const workflows = useWorkflows({ server: useMemoryTemporal({ manyEvents: 10 }) });

/** The months that were begun, each as often as it was. */
function begun(lab: Lab): string[] {
  return lab.calls.filter(({ step }) => step === 'download').map(({ input }) => input.month);
}

test('a long range goes on in new runs, with right sums, and does no month twice', async () => {
  const range = { dataset: 'green', from: '2020-01', to: '2020-08', concurrency: 2, continueOnError: true };
  await workflows.run(
    (fakes) => ({
      download(input) {
        if (input.month === '2020-02') {
          return Promise.reject(ApplicationFailure.nonRetryable('there is no file', 'SourceGone'));
        }
        return input.month === '2020-03'
          ? Promise.resolve({ outcome: 'unchanged', report: fakeSkipped(input), durationMs: 1 })
          : fakes.download(input);
      },
    }),
    async (lab) => {
      const key = defineSearchAttributeKey('TriggeredBy', SearchAttributeType.KEYWORD);
      const options = { typedSearchAttributes: [{ key, value: 'cli' }] };
      const handle = await lab.start('loadMonths', [range], options);
      const report = (await handle.result()) as LoadMonthsReport;
      const failed = [{ month: '2020-02', error: 'SourceGone: there is no file' }];
      expect(report).toEqual({
        dataset: 'green',
        loaded: 6,
        skipped: 1,
        notPublished: 0,
        failed,
        notStarted: 0,
        rowsInFile: 6 * ROWS,
        inserted: 24,
        updated: 0,
        unchanged: 0,
        duplicates: 6,
        rejected: 0,
        removed: 0,
        outsideMonth: 12,
      });
      expect(begun(lab).sort()).toEqual(monthsBetween(range.from, range.to));

      const last = lab.client.workflow.getHandle(handle.workflowId);
      const { runId, historyLength, typedSearchAttributes } = await last.describe();
      expect(runId).not.toBe(handle.firstExecutionRunId);
      expect(historyLength).toBeLessThan(60);
      expect(typedSearchAttributes.get(key)).toBe('cli');
      expect(await last.query<LoadMonthsStatus>('status')).toMatchObject({ failed });
      const metadata = await last.query<{ currentDetails: string }>('__temporal_workflow_metadata');
      expect(metadata.currentDetails).toMatch(/^\*\*green\*\*: 7 of 8 months done, 1 failed/);
    },
  );
});

test('a failure in a later run of the chain stops it with the sums of all', async () => {
  const range = { dataset: 'green', from: '2018-01', to: '2018-06', concurrency: 1 };
  await workflows.run(
    (fakes) => ({
      download: (input) =>
        input.month === '2018-04'
          ? Promise.reject(ApplicationFailure.nonRetryable('there is no file', 'SourceGone'))
          : fakes.download(input),
    }),
    async (lab) => {
      const handle = await lab.start('loadMonths', [range]);
      await expect(handle.result()).rejects.toMatchObject({
        cause: {
          type: 'MonthsFailed',
          details: [{ loaded: 3, notStarted: 2, rowsInFile: 3 * ROWS, failed: [{ month: '2018-04' }] }],
        },
      });
      const { runId } = await lab.client.workflow.getHandle(handle.workflowId).describe();
      expect(runId).not.toBe(handle.firstExecutionRunId);
      expect(begun(lab)).toEqual(monthsBetween('2018-01', '2018-04'));
    },
  );
});

test('a cancellation is not lost when the range was about to go on in a new run', async () => {
  // The run's only month ends well although the range was cancelled meanwhile; the next run would begin then.
  const reached = gate();
  const cancelled = gate();
  await workflows.run(
    (fakes) => ({
      async mergeStaging(input) {
        if (input.month === '2019-02') {
          reached.open();
          await cancelled.promise;
        }
        return fakes.mergeStaging(input);
      },
    }),
    async (lab) => {
      const range = { dataset: 'green', from: '2019-01', to: '2019-12', concurrency: 1 };
      const handle = await lab.start('loadMonths', [range]);
      await reached.promise;
      await handle.cancel();
      cancelled.open();
      await expect(handle.result()).rejects.toMatchObject({ cause: expect.any(CancelledFailure) as Error });
      expect(begun(lab)).toEqual(monthsBetween('2019-01', '2019-02'));
    },
  );
});
