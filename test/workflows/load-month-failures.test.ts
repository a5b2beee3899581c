import { WorkflowFailedError } from '@temporalio/client';
import { ActivityFailure, ApplicationFailure } from '@temporalio/common';
import { expect, test } from 'vitest';
import type { CachedFile } from '../../src/activities/index.ts';
import type { LoadMonthStatus, LoadReport } from '../../src/contract.ts';
import { fakeFile, fakeSkipped } from '../support/fake-activities.ts';
import { type Lab, type Overrides, type Step, useWorkflows } from './use-workflows.ts';

const workflows = useWorkflows();
const month = { dataset: 'green', month: '2021-03' };
const STEPS = ['download', 'copyToStaging', 'hashStaging', 'mergeStaging'] as const;

/** Loads the month, which must fail; returns the failure, and the load's own account of it. */
async function fail(lab: Lab): Promise<{ failure: unknown; status: LoadMonthStatus }> {
  const handle = await lab.start('loadMonth', [month]);
  const failure: unknown = await handle.result().then(
    () => expect.fail('the load ended well'),
    (error: unknown) => (error instanceof WorkflowFailedError ? error.cause : error),
  );
  return { failure, status: await handle.query('status') };
}

/** Fails `times` times, then works. */
function failing(step: Step, times: number, error: Error): Overrides {
  return (fakes) => {
    let tries = 0;
    const activity = fakes[step] as (input: unknown) => Promise<unknown>;
    return { [step]: (input: unknown) => (++tries <= times ? Promise.reject(error) : activity(input)) };
  };
}

test.each([...STEPS, 'dropStaging'] as const)('%s is tried again when it fails', async (step) => {
  await workflows.run(failing(step, 2, new Error('a bad moment')), async (lab) => {
    expect(await lab.execute<LoadReport>('loadMonth', month)).toMatchObject({ status: 'loaded' });
    const tries = lab.calls.filter((call) => call.step === step);
    expect(tries.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    expect(new Set(tries.map(({ input }) => JSON.stringify(input))).size).toBe(1);
    expect(new Set(lab.steps())).toEqual(new Set([...STEPS, 'dropStaging']));
  });
});

test.each([
  ['download', 'SourceGone'],
  ['copyToStaging', 'BadRow'],
  ['hashStaging', 'TargetRejected'],
  ['mergeStaging', 'TargetRejected'],
] as const)(
  'a terminal failure of %s fails the load at once, as %s, and it is cleared up',
  async (step, type) => {
    const message = 'green 2021-03: line 7 has no pickup';
    const error = ApplicationFailure.nonRetryable(message, type);
    await workflows.run({ [step]: () => Promise.reject(error) }, async (lab) => {
      const { failure, status } = await fail(lab);
      expect(failure).toBeInstanceOf(ActivityFailure);
      expect(failure).toMatchObject({ activityType: step, cause: { type, message } });
      expect(status).toMatchObject({ phase: 'failed', error: `${type}: ${message}`, report: null });
      expect(lab.steps()).toEqual([...STEPS.slice(0, STEPS.indexOf(step) + 1), 'dropStaging']);
    });
  },
);

test.each([
  ['download', 12],
  ['copyToStaging', 10],
  ['hashStaging', 10],
  ['mergeStaging', 10],
] as const)(
  'a load whose %s keeps failing gives up after %i tries, with the last reason',
  async (step, tries) => {
    let tried = 0;
    const activity = () => Promise.reject(new Error(`green 2021-03: no connection, try ${++tried}`));
    await workflows.run({ [step]: activity }, async (lab) => {
      const { status } = await fail(lab);
      expect(status.error).toBe(`green 2021-03: no connection, try ${tries}`);
      expect(lab.steps().filter((name) => name === step)).toHaveLength(tries);
      expect(lab.steps().at(-1)).toBe('dropStaging');
    });
  },
);

test('a reason without end is shown without its middle', async () => {
  const reason = `green 2021-03: begins ${'x'.repeat(100_000)} ends`;
  const activity = () => Promise.reject(ApplicationFailure.nonRetryable(reason, 'BadRow'));
  await workflows.run({ copyToStaging: activity }, async (lab) => {
    const { status } = await fail(lab);
    expect(status.error).toMatch(/^BadRow: green 2021-03: begins x+…x+ ends$/);
    expect(status.error?.length).toBeLessThanOrEqual(500);
  });
});

test('a clean-up that fails changes nothing about how the load ended', async () => {
  const dropStaging = () => Promise.reject(ApplicationFailure.nonRetryable('the database is away'));
  await workflows.run({ dropStaging }, async (lab) => {
    expect(await lab.execute<LoadReport>('loadMonth', month)).toMatchObject({ status: 'loaded' });
  });
  const hashStaging = () => Promise.reject(ApplicationFailure.nonRetryable('a bad table', 'TargetRejected'));
  await workflows.run({ dropStaging, hashStaging }, async (lab) => {
    const { failure } = await fail(lab);
    expect(failure).toMatchObject({ activityType: 'hashStaging', cause: { type: 'TargetRejected' } });
  });
});

/** Downloads that end up, one after the other, on these hosts; what follows the last one ends there too. */
function downloadsOn(hosts: readonly ('gone' | 'alive')[]): Overrides {
  return (fakes) => {
    let round = 0;
    return {
      async download(input) {
        const result = await fakes.download(input);
        const host = hosts[Math.min(round++, hosts.length - 1)];
        if (result.outcome !== 'fetched' || host === 'alive') return result;
        return { ...result, file: { ...result.file, fileQueue: `${result.file.fileQueue}-gone` } };
      },
    };
  };
}

test('a load whose host is gone fetches the file again on another one', async () => {
  await workflows.run(downloadsOn(['gone', 'gone', 'alive']), async (lab) => {
    const handle = await lab.start('loadMonth', [month]);
    expect(await handle.result()).toMatchObject({ status: 'loaded' });
    expect(lab.steps()).toEqual(['download', 'download', ...STEPS, 'dropStaging']);
    expect(lab.calls.find(({ step }) => step === 'copyToStaging')?.input).toMatchObject({
      file: fakeFile(month, lab.fileQueue),
    });
    expect(await handle.query('status')).toMatchObject({ fileQueue: lab.fileQueue });
  });
});

test('a load that loses five hosts in a row gives up and says so; the shared queue clears up after it', async () => {
  await workflows.run(downloadsOn(['gone']), async (lab) => {
    const { failure, status } = await fail(lab);
    expect(failure).toMatchObject({ nonRetryable: true });
    expect(status.error).toMatch(/^green 2021-03: 5 workers in a row .* were gone/);
    expect(lab.steps()).toEqual([...Array<Step>(5).fill('download'), 'dropStaging']);
    const { sha256 } = fakeFile(month, '');
    expect(lab.calls.at(-1)).toMatchObject({ taskQueue: lab.taskQueue, input: { ...month, sha256 } });
  });
});

/** A source that publishes another file during each of the first `times` copies. */
function changing(times: number): Overrides {
  return (fakes) => {
    let version = 0;
    const versioned = (file: CachedFile): CachedFile => ({
      ...file,
      sha256: String(version).padStart(64, '0'),
    });
    return {
      async download(input) {
        const result = await fakes.download(input);
        return result.outcome === 'fetched' ? { ...result, file: versioned(result.file) } : result;
      },
      copyToStaging(input) {
        if (version++ >= times) return fakes.copyToStaging(input);
        const message = `${input.file.sourceUrl} is no longer the file that was downloaded`;
        return Promise.reject(ApplicationFailure.nonRetryable(message, 'SourceChanged'));
      },
    };
  };
}

test('a load whose source publishes another file meanwhile begins anew, and loads that one', async () => {
  await workflows.run(changing(1), async (lab) => {
    const report = await lab.execute<LoadReport>('loadMonth', month);
    expect(report).toMatchObject({ status: 'loaded', sha256: '1'.padStart(64, '0') });
    expect(lab.steps()).toEqual(['download', 'copyToStaging', ...STEPS, 'dropStaging']);
  });
});

test('a load whose source never stands still gives up after five files', async () => {
  await workflows.run(changing(5), async (lab) => {
    const { failure, status } = await fail(lab);
    expect(failure).toMatchObject({ cause: { type: 'SourceChanged' } });
    expect(status.error).toMatch(/^SourceChanged: .* no longer the file/);
    expect(lab.steps().filter((step) => step === 'copyToStaging')).toHaveLength(5);
    expect(lab.steps().at(-1)).toBe('dropStaging');
  });
});

test('another load that brought the file in meanwhile ends this one as skipped', async () => {
  await workflows.run(
    (fakes) => {
      let round = 0;
      return {
        download: (input) =>
          ++round === 1
            ? fakes.download(input)
            : Promise.resolve({ outcome: 'unchanged', report: fakeSkipped(month), durationMs: 3 }),
        copyToStaging: () => Promise.reject(ApplicationFailure.nonRetryable('changed', 'SourceChanged')),
      };
    },
    async (lab) => {
      expect(await lab.execute<LoadReport>('loadMonth', month)).toMatchObject({ status: 'skipped' });
      expect(lab.calls.at(-1)).toMatchObject({ step: 'dropStaging', taskQueue: lab.fileQueue });
    },
  );
});
