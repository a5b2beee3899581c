import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure, defaultPayloadConverter } from '@temporalio/common';
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { expect, test } from 'vitest';
import type { LoadMonthStatus } from '../../src/contract.ts';
import { fakeFile, ROWS } from '../support/fake-activities.ts';
import { gate, useWorkflows } from './use-workflows.ts';

const workflows = useWorkflows();
const month = { dataset: 'green', month: '2021-03' };
const keyword = (name: string) => defineSearchAttributeKey(name, SearchAttributeType.KEYWORD);

async function searchAttributes(handle: WorkflowHandle) {
  const { typedSearchAttributes: found } = await handle.describe();
  const names = ['Dataset', 'Month', 'LoadStatus', 'TriggeredBy'];
  return Object.fromEntries(names.map((name) => [name, found.get(keyword(name))]));
}

async function currentDetails(handle: WorkflowHandle): Promise<string> {
  const metadata = await handle.query<{ currentDetails?: string }>('__temporal_workflow_metadata');
  return metadata.currentDetails ?? '';
}

test('a load can be found by its data set, month, state and by who started it', async () => {
  await workflows.run({}, async (lab) => {
    const handle = await lab.start('loadMonth', [month]);
    await handle.result();
    const found = { Dataset: 'green', Month: '2021-03', LoadStatus: 'loaded', TriggeredBy: 'manual' };
    expect(await searchAttributes(handle)).toEqual(found);
  });
});

test('a load that was told who started it keeps that, and one of a range says so', async () => {
  await workflows.run({}, async (lab) => {
    const typedSearchAttributes = [{ key: keyword('TriggeredBy'), value: 'cli' }];
    const handle = await lab.start('loadMonth', [month], { typedSearchAttributes });
    await handle.result();
    expect(await searchAttributes(handle)).toMatchObject({ TriggeredBy: 'cli' });
    const range = await lab.start('loadMonths', [{ dataset: 'green', months: ['2021-04'] }], {
      typedSearchAttributes,
    });
    await range.result();
    expect(await searchAttributes(range)).toMatchObject({ Dataset: 'green', TriggeredBy: 'cli' });
    const child = lab.client.workflow.getHandle('load-green-2021-04');
    expect(await searchAttributes(child)).toMatchObject({ Month: '2021-04', TriggeredBy: 'loadMonths' });
  });
});

test('each phase can be seen while it lasts: by the query, the search attribute and the details', async () => {
  const steps = [
    ['download', 'downloading'],
    ['copyToStaging', 'copying'],
    ['hashStaging', 'hashing'],
    ['mergeStaging', 'merging'],
  ] as const;
  const gates = steps.map(() => ({ entered: gate(), left: gate() }));
  await workflows.run(
    (fakes) =>
      Object.fromEntries(
        steps.map(([step], i) => [
          step,
          async (input: never) => {
            gates[i]?.entered.open();
            await gates[i]?.left.promise;
            return fakes[step](input);
          },
        ]),
      ),
    async (lab) => {
      const handle = await lab.start('loadMonth', [month]);
      const seen: LoadMonthStatus[] = [];
      for (const [i, [, phase]] of steps.entries()) {
        await gates[i]?.entered.promise;
        seen.push(await handle.query<LoadMonthStatus>('status'));
        expect(await searchAttributes(handle)).toMatchObject({ LoadStatus: phase });
        expect(await currentDetails(handle)).toContain(`green 2021-03**: ${phase}`);
        gates[i]?.left.open();
      }
      expect(seen.map(({ phase }) => phase)).toEqual(steps.map(([, phase]) => phase));
      const queue = lab.fileQueue;
      expect(seen.map(({ fileQueue }) => fileQueue)).toEqual([null, queue, queue, queue]);
      expect(seen.map(({ rowsCopied }) => rowsCopied)).toEqual([null, null, ROWS, ROWS]);
      expect(seen.every(({ report, error }) => report === null && error === null)).toBe(true);
      const report = (await handle.result()) as unknown;
      const status = await handle.query<LoadMonthStatus>('status');
      expect(status).toEqual({
        ...month,
        phase: 'loaded',
        fileQueue: queue,
        publication: null,
        rowsCopied: ROWS,
        report,
        error: null,
      });
    },
  );
});

test('the details of a loaded month show the file, the counts and the times', async () => {
  await workflows.run({}, async (lab) => {
    const handle = await lab.start('loadMonth', [month]);
    await handle.result();
    const { filename, sha256 } = fakeFile(month, '');
    expect((await currentDetails(handle)).split('\n').filter((line) => line !== '')).toEqual([
      '**green 2021-03**: loaded',
      `file: ${filename}, 1000 bytes, SHA-256 ${sha256}`,
      `rows in the file: ${ROWS}`,
      '| inserted | updated | unchanged | duplicates | removed | outside the month |',
      '| ---: | ---: | ---: | ---: | ---: | ---: |',
      '| 4 | 0 | 0 | 1 | 0 | 2 |',
      'milliseconds: download 10, copy 20, hash 30, merge 40',
    ]);
  });
});

test("a failed load shows the reason in its details and its query, in the failing step's own words", async () => {
  // Steps wrap what the database says in a message that tells what to do about it.
  const failure = ApplicationFailure.create({
    message: 'green 2021-03: permission denied; grant the right to the role',
    type: 'TargetRejected',
    nonRetryable: true,
    cause: new Error('permission denied'),
  });
  const error = 'TargetRejected: green 2021-03: permission denied; grant the right to the role';
  await workflows.run({ mergeStaging: () => Promise.reject(failure) }, async (lab) => {
    const handle = await lab.start('loadMonth', [month]);
    await expect(handle.result()).rejects.toThrow();
    expect(await handle.query('status')).toMatchObject({ phase: 'failed', report: null, error });
    expect(await currentDetails(handle)).toContain(`error: ${error}`);
    expect(await searchAttributes(handle)).toMatchObject({ LoadStatus: 'failed' });
  });
});

test('the steps of every month are told apart by their summaries', async () => {
  await workflows.run({}, async (lab) => {
    const workflowId = `summaries-${randomUUID()}`;
    const handle = await lab.start('loadMonth', [month], { workflowId, staticSummary: 'green 2021-03' });
    await handle.result();
    const { events } = await handle.fetchHistory();
    const scheduled = (events ?? []).filter((event) => event.activityTaskScheduledEventAttributes != null);
    const summaries = scheduled.map(({ userMetadata }) =>
      userMetadata?.summary == null ? undefined : defaultPayloadConverter.fromPayload(userMetadata.summary),
    );
    expect(summaries).toEqual(
      ['download', 'copy', 'hash', 'merge', 'clean up'].map((s) => `${s} green 2021-03`),
    );
    expect(await (await handle.describe()).staticSummary()).toBe('green 2021-03');
  });
});
