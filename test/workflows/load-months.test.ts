import { ParentClosePolicy } from '@temporalio/workflow';
import { expect, test } from 'vitest';
import type { LoadMonthsReport, LoadMonthsStatus } from '../../src/contract.ts';
import { monthsBetween } from '../../src/datasets/month.ts';
import { fakeSkipped, ROWS } from '../support/fake-activities.ts';
import { gate, type Lab, useWorkflows } from './use-workflows.ts';

const workflows = useWorkflows();

/** The months that were begun, in this order. */
function begun(lab: Lab): string[] {
  return lab.calls.filter(({ step }) => step === 'download').map(({ input }) => input.month);
}

test('a range is loaded month by month, oldest first, and its report sums them up', async () => {
  await workflows.run({}, async (lab) => {
    const input = { dataset: 'green', from: '2020-11', to: '2021-02', concurrency: 1 };
    const report = await lab.execute<LoadMonthsReport>('loadMonths', input);
    expect(begun(lab)).toEqual(['2020-11', '2020-12', '2021-01', '2021-02']);
    expect(report).toEqual({
      dataset: 'green',
      loaded: 4,
      skipped: 0,
      notPublished: 0,
      failed: [],
      notStarted: 0,
      rowsInFile: 4 * ROWS,
      inserted: 16,
      updated: 0,
      unchanged: 0,
      duplicates: 4,
      rejected: 0,
      removed: 0,
      outsideMonth: 8,
    });
  });
});

test('a list of months is loaded, each once, oldest first', async () => {
  await workflows.run({}, async (lab) => {
    const months = ['2021-03', '2020-01', '2021-03', '2020-01'];
    const input = { dataset: 'green', months, concurrency: 1 };
    expect(await lab.execute('loadMonths', input)).toMatchObject({ loaded: 2 });
    expect(begun(lab)).toEqual(['2020-01', '2021-03']);
  });
});

test("every month is a child of its own, under the month's id, and is asked to cancel if its parent ends", async () => {
  await workflows.run({}, async (lab) => {
    const handle = await lab.start('loadMonths', [{ dataset: 'green', from: '2019-01', to: '2019-02' }]);
    await handle.result();
    const { events } = await handle.fetchHistory();
    const children = (events ?? []).flatMap(
      (event) => event.startChildWorkflowExecutionInitiatedEventAttributes ?? [],
    );
    expect(children.map(({ workflowId }) => workflowId)).toEqual([
      'load-green-2019-01',
      'load-green-2019-02',
    ]);
    for (const child of children) {
      expect(child.workflowType?.name).toBe('loadMonth');
      expect(child.parentClosePolicy).toBe(3);
    }
    expect(ParentClosePolicy.REQUEST_CANCEL).toBe('REQUEST_CANCEL');
  });
});

test('a month of a range lets single months pass, unless the range has a priority of its own', async () => {
  const priorities: number[] = [];
  await workflows.run(
    (fakes) => ({
      download: async (input) => ({ ...(await fakes.download(input)), awaitsTurn: true }) as never,
      awaitTurn: ({ priority }) => Promise.resolve(void priorities.push(priority)),
    }),
    async (lab) => {
      await lab.execute('loadMonths', { dataset: 'green', months: ['2018-01'] });
      const urgent = [{ dataset: 'green', months: ['2018-02'] }];
      await (await lab.start('loadMonths', urgent, { priority: { priorityKey: 2 } })).result();
      await lab.execute('loadMonth', { dataset: 'green', month: '2018-03' });
      expect(priorities).toEqual([4, 2, 3]);
      expect(lab.steps('2018-03').slice(0, 3)).toEqual(['download', 'awaitTurn', 'copyToStaging']);
    },
  );
});

test('the options of a range reach every month, and nothing else does', async () => {
  await workflows.run({}, async (lab) => {
    const url = 'https://mirror.example/{dataset}_{month}.csv.gz';
    const options = { source: 'csv', url, force: true, replace: true, labels: { run: 'spring' } };
    const input = { dataset: 'green', months: ['2018-01'], concurrency: 3, continueOnError: true };
    await lab.execute('loadMonths', { ...input, ...options });
    const child = lab.client.workflow.getHandle('load-green-2018-01');
    const { events } = await child.fetchHistory();
    const data = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0]?.data;
    expect(JSON.parse(Buffer.from(data ?? []).toString())).toEqual({
      dataset: 'green',
      month: '2018-01',
      ...options,
    });
  });
});

test('skipped and unpublished months are counted apart from loaded ones', async () => {
  await workflows.run(
    (fakes) => ({
      download(input) {
        const { month } = input;
        if (month === '2017-01') {
          return Promise.resolve({ outcome: 'unchanged', report: fakeSkipped(input), durationMs: 1 });
        }
        const nowhere = { sourceUrl: 'https://mirror.example/x', filename: 'x' };
        if (month === '2017-02') {
          return Promise.resolve({ outcome: 'not_published', source: 'csv', ...nowhere, durationMs: 1 });
        }
        return fakes.download(input);
      },
    }),
    async (lab) => {
      const handle = await lab.start('loadMonths', [{ dataset: 'green', from: '2017-01', to: '2017-03' }]);
      expect(await handle.result()).toMatchObject({
        loaded: 1,
        skipped: 1,
        notPublished: 1,
        rowsInFile: ROWS,
      });
      const { done } = await handle.query<LoadMonthsStatus>('status');
      expect(Object.fromEntries(done.map(({ month, status }) => [month, status]))).toEqual({
        '2017-01': 'skipped',
        '2017-02': 'not_published',
        '2017-03': 'loaded',
      });
    },
  );
});

test.each([
  [1, { concurrency: 1 }],
  [2, { concurrency: 2 }],
  [4, {}],
])('%i months are loaded at a time, no more and no fewer', async (width, options) => {
  const year = 2_013 + width;
  const months = monthsBetween(`${year}-01`, `${year}-${String(2 * width + 1).padStart(2, '0')}`);
  const full = gate();
  const go = gate();
  let running = 0;
  let most = 0;
  await workflows.run(
    {
      async download(input) {
        most = Math.max(most, ++running);
        if (running === width) full.open();
        await go.promise;
        return { outcome: 'unchanged', report: fakeSkipped(input), durationMs: 1 };
      },
      dropStaging: () => {
        running--;
        return Promise.resolve({ loaded: null });
      },
    },
    async (lab) => {
      const handle = await lab.start('loadMonths', [{ dataset: 'green', months, ...options }]);
      await full.promise;
      // A query is answered after everything that the workflow had to do before.
      const status = await handle.query<LoadMonthsStatus>('status');
      expect(status.running).toEqual(months.slice(0, width));
      expect(status.waiting).toEqual(months.slice(width));
      go.open();
      expect(await handle.result()).toMatchObject({ skipped: months.length });
      expect(most).toBe(width);
      const end = await handle.query<LoadMonthsStatus>('status');
      expect(end).toMatchObject({ waiting: [], running: [], failed: [] });
      expect(end.done.map(({ month }) => month).sort()).toEqual(months);
    },
  );
});
