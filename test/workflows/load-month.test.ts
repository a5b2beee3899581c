import { expect, test } from 'vitest';
import type { LoadReport } from '../../src/contract.ts';
import { fakeCopy, fakeFile, fakeHash, fakeReport, fakeSkipped, ROWS } from '../support/fake-activities.ts';
import { useWorkflows } from './use-workflows.ts';

const workflows = useWorkflows();
const month = { dataset: 'green', month: '2021-03' };

test('a load downloads, copies, hashes, merges and clears up, in this order', async () => {
  await workflows.run({}, async (lab) => {
    await lab.execute('loadMonth', month);
    expect(lab.steps()).toEqual(['download', 'copyToStaging', 'hashStaging', 'mergeStaging', 'dropStaging']);
  });
});

test('each step is handed what the steps before it found out', async () => {
  await workflows.run({}, async (lab) => {
    const handle = await lab.start('loadMonth', [month]);
    await handle.result();
    const { startTime } = await handle.describe();
    const file = fakeFile(month, lab.fileQueue);
    const { loadId } = fakeCopy(month);
    expect(lab.calls.map(({ input }) => input)).toEqual([
      { ...month, source: 'auto', again: false },
      { ...month, file },
      { ...month, loadId },
      {
        ...month,
        loadId,
        file,
        rowsCopied: ROWS,
        rejected: 0,
        ignoredColumns: [],
        hashed: fakeHash,
        mode: 'load',
        labels: {},
        startedAt: startTime.toISOString(),
        phases: { download: 10, copy: 20, hash: 30 },
      },
      { ...month, sha256: file.sha256 },
    ]);
  });
});

test("the steps that need the file are taken from its host's queue, the others from the shared one", async () => {
  await workflows.run({}, async (lab) => {
    await lab.execute('loadMonth', month);
    const { taskQueue, fileQueue } = lab;
    expect(lab.calls.map((call) => [call.step, call.taskQueue])).toEqual([
      ['download', taskQueue],
      ['copyToStaging', fileQueue],
      ['hashStaging', taskQueue],
      ['mergeStaging', taskQueue],
      ['dropStaging', fileQueue],
    ]);
  });
});

test("the result is the merge's report with the time that the whole load took", async () => {
  await workflows.run({}, async (lab) => {
    const handle = await lab.start('loadMonth', [month]);
    const report = (await handle.result()) as LoadReport;
    const { startTime, closeTime } = await handle.describe();
    const elapsed = (closeTime?.getTime() ?? 0) - startTime.getTime();
    const file = fakeFile(month, lab.fileQueue);
    const phases = { download: 10, copy: 20, hash: 30, merge: 40 };
    expect(report).toMatchObject({ ...month, status: 'loaded', loadId: 202_103, phases });
    expect(report).toMatchObject({ rowsInFile: ROWS, inserted: 4, duplicates: 1, sha256: file.sha256 });
    expect(report.durationMs).toBeGreaterThan(0);
    expect(report.durationMs).toBeLessThanOrEqual(elapsed);
  });
});

test.each([
  ['force', { force: true }, { again: true }, { mode: 'force' }],
  ['replace', { replace: true }, { again: true }, { mode: 'replace' }],
  ['replace, which goes further than force,', { force: true, replace: true }, {}, { mode: 'replace' }],
  ['options that are off', { force: false, replace: false }, { again: false }, { mode: 'load' }],
  ['source', { source: 'csv' }, { source: 'csv' }, {}],
  ['a URL', { url: 'https://mirror.example/x.csv.gz' }, { url: 'https://mirror.example/x.csv.gz' }, {}],
  ['labels', { labels: { ticket: 'A-1' } }, {}, { labels: { ticket: 'A-1' } }],
])('%s is handed on to the steps that it concerns', async (_name, options, download, merge) => {
  await workflows.run({}, async (lab) => {
    await lab.execute('loadMonth', { ...month, ...options });
    const inputOf = (step: string) => lab.calls.find((call) => call.step === step)?.input;
    expect(inputOf('download')).toMatchObject(download);
    expect(inputOf('mergeStaging')).toMatchObject(merge);
  });
});

test('a file that the ledger has already is skipped: nothing is copied, and no phase but the download took time', async () => {
  const download = () =>
    Promise.resolve({ outcome: 'unchanged', report: fakeSkipped(month), durationMs: 3 } as const);
  await workflows.run({ download }, async (lab) => {
    const report = await lab.execute<LoadReport>('loadMonth', month);
    expect(report).toEqual({
      ...fakeSkipped(month),
      durationMs: report.durationMs,
      phases: { download: 3, copy: 0, hash: 0, merge: 0 },
    });
    expect(report.durationMs).not.toBe(fakeSkipped(month).durationMs);
    expect(lab.steps()).toEqual(['download', 'dropStaging']);
    expect(lab.calls[1]).toMatchObject({ input: { ...month, sha256: null }, taskQueue: lab.taskQueue });
  });
});

test('a month that the source does not have yet ends well, as not_published, with every count at zero', async () => {
  const sourceUrl = 'https://mirror.example/green_tripdata_2021-03.csv.gz';
  const filename = 'green_tripdata_2021-03.csv.gz';
  const download = () =>
    Promise.resolve({ outcome: 'not_published', source: 'csv', sourceUrl, filename, durationMs: 3 } as const);
  await workflows.run({ download }, async (lab) => {
    const report = await lab.execute<LoadReport>('loadMonth', month);
    const { durationMs } = report;
    expect(report).toEqual({
      ...month,
      status: 'not_published',
      source: 'csv',
      loadId: null,
      sourceUrl,
      filename,
      durationMs,
      checks: [],
      ignoredColumns: [],
      etag: null,
      sha256: null,
      bytes: 0,
      rowsInFile: 0,
      inserted: 0,
      updated: 0,
      unchanged: 0,
      duplicates: 0,
      rejected: 0,
      removed: 0,
      outsideMonth: 0,
      phases: { download: 3, copy: 0, hash: 0, merge: 0 },
    });
    expect(lab.steps()).toEqual(['download', 'dropStaging']);
  });
});

test('the longest report stays far below what a payload may hold', async () => {
  const mergeStaging = (input: Parameters<typeof fakeReport>[0]) =>
    Promise.resolve({ ...fakeReport(input), sourceUrl: `https://mirror.example/${'x'.repeat(2_000)}` });
  await workflows.run({ mergeStaging }, async (lab) => {
    const report = await lab.execute<LoadReport>('loadMonth', month);
    expect(JSON.stringify(report).length).toBeLessThan(8_000);
  });
});

test('every step has a time limit, a limited number of tries, and reports life unless it is over soon', async () => {
  await workflows.run({}, async (lab) => {
    const handle = await lab.start('loadMonth', [month]);
    await handle.result();
    const { events } = await handle.fetchHistory();
    const scheduled = (events ?? []).flatMap((event) => event.activityTaskScheduledEventAttributes ?? []);
    expect(scheduled).toHaveLength(5);
    for (const step of scheduled) {
      const name = step.activityType?.name ?? '';
      const seconds = (duration?: { seconds?: unknown } | null) => Number(duration?.seconds ?? 0);
      const limit = seconds(step.startToCloseTimeout);
      expect(limit, name).toBeGreaterThan(0);
      expect(step.retryPolicy?.maximumAttempts, name).toBeGreaterThan(1);
      expect(seconds(step.heartbeatTimeout) > 0 || limit <= 60, name).toBe(true);
      // Waiting in the shared queue is no sign of a lost host, only of many loads.
      const onHost = step.taskQueue?.name === lab.fileQueue;
      expect(seconds(step.scheduleToStartTimeout) === 30, name).toBe(onHost);
    }
  });
});
