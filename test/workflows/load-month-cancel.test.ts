import { setTimeout as sleep } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { expect, test } from 'vitest';
import type { LoadReport } from '../../src/contract.ts';
import { fakeFile } from '../support/fake-activities.ts';
import { gate, untilCancelled, useWorkflows } from './use-workflows.ts';

const workflows = useWorkflows();
const month = { dataset: 'green', month: '2021-03' };
const STEPS = ['download', 'copyToStaging', 'hashStaging', 'mergeStaging'] as const;

async function expectCancelled(handle: WorkflowHandle): Promise<void> {
  await expect(handle.result()).rejects.toMatchObject({ cause: expect.any(CancelledFailure) as Error });
  const { status, typedSearchAttributes } = await handle.describe();
  expect(status.name).toBe('CANCELLED');
  const found = typedSearchAttributes.getAll().find(({ key }) => key.name === 'LoadStatus');
  expect(found?.value).toBe('cancelled');
  expect(await handle.query('status')).toMatchObject({ phase: 'cancelled', report: null });
}

test.each(STEPS)(
  'a load that is cancelled during %s stops it, clears up and ends as cancelled',
  async (step) => {
    const begun = gate();
    const activity = () => {
      begun.open();
      return untilCancelled();
    };
    await workflows.run({ [step]: activity }, async (lab) => {
      const handle = await lab.start('loadMonth', [month]);
      await begun.promise;
      await handle.cancel();
      await expectCancelled(handle);
      expect(lab.steps()).toEqual([...STEPS.slice(0, STEPS.indexOf(step) + 1), 'dropStaging']);
      const file = fakeFile(month, lab.fileQueue);
      expect(lab.calls.at(-1)).toMatchObject(
        step === 'download'
          ? { taskQueue: lab.taskQueue, input: { sha256: null } }
          : { taskQueue: lab.fileQueue, input: { sha256: file.sha256 } },
      );
    });
  },
);

test('a load that is cancelled as soon as it is started clears up and ends as cancelled', async () => {
  await workflows.run({ download: untilCancelled }, async (lab) => {
    const handle = await lab.start('loadMonth', [month]);
    await handle.cancel();
    await expectCancelled(handle);
    expect(lab.steps().at(-1)).toBe('dropStaging');
  });
});

test('a load that is cancelled while a step waits to be tried again does not wait', async () => {
  const failed = gate();
  const hashStaging = () => {
    failed.open();
    const message = 'the database is away';
    return Promise.reject(ApplicationFailure.create({ message, nextRetryDelay: '20 seconds' }));
  };
  await workflows.run({ hashStaging }, async (lab) => {
    const handle = await lab.start('loadMonth', [month]);
    await failed.promise;
    await handle.cancel();
    await expectCancelled(handle);
    expect(lab.steps().slice(-2)).toEqual(['hashStaging', 'dropStaging']);
  });
});

test.each([
  ['for the moment', new Error('the connection is gone')],
  ['for good', ApplicationFailure.nonRetryable('the disk is full', 'TargetRejected')],
])('a load whose step fails %s when it is cancelled ends as cancelled', async (_name, error) => {
  const begun = gate();
  const hashStaging = async () => {
    begun.open();
    await untilCancelled().catch(() => undefined);
    throw error;
  };
  await workflows.run({ hashStaging }, async (lab) => {
    const handle = await lab.start('loadMonth', [month]);
    await begun.promise;
    await handle.cancel();
    await expectCancelled(handle);
    expect(lab.steps().slice(-2)).toEqual(['hashStaging', 'dropStaging']);
  });
});

test('the clean-up begins when the cancelled step has ended, not before', async () => {
  const begun = gate();
  const order: string[] = [];
  const mergeStaging = async () => {
    begun.open();
    await untilCancelled().catch(() => undefined);
    // It takes the database a while to stop a statement.
    await sleep(200);
    order.push('merge ended');
    throw Context.current().cancellationSignal.reason as Error;
  };
  const dropStaging = () => {
    order.push('clean-up began');
    return Promise.resolve({ loaded: null });
  };
  await workflows.run({ mergeStaging, dropStaging }, async (lab) => {
    const handle = await lab.start('loadMonth', [month]);
    await begun.promise;
    await handle.cancel();
    await expectCancelled(handle);
    expect(order).toEqual(['merge ended', 'clean-up began']);
  });
});

test('a cancellation that comes too late for the merge finds the month loaded, and says so', async () => {
  const begun = gate();
  const cancelled = gate();
  await workflows.run(
    (fakes) => ({
      async mergeStaging(input) {
        begun.open();
        await cancelled.promise;
        return fakes.mergeStaging(input);
      },
    }),
    async (lab) => {
      const handle = await lab.start('loadMonth', [month]);
      await begun.promise;
      await handle.cancel();
      cancelled.open();
      expect((await handle.result()) as LoadReport).toMatchObject({ status: 'loaded' });
      expect(lab.steps().at(-1)).toBe('dropStaging');
    },
  );
});

test('a load that is cancelled when its merge was committed and the answer lost is loaded, and says so', async () => {
  const begun = gate();
  let committed: LoadReport | null = null;
  await workflows.run(
    (fakes) => ({
      async mergeStaging(input) {
        committed = await fakes.mergeStaging(input);
        begun.open();
        await untilCancelled().catch(() => undefined);
        throw new Error('the connection is gone');
      },
      dropStaging: () => Promise.resolve({ loaded: committed }),
    }),
    async (lab) => {
      const handle = await lab.start('loadMonth', [month]);
      await begun.promise;
      await handle.cancel();
      expect((await handle.result()) as LoadReport).toMatchObject({ status: 'loaded', loadId: 202103 });
      expect(await handle.query('status')).toMatchObject({ phase: 'loaded', error: null });
    },
  );
});

test('a cancellation during the clean-up neither stops it nor changes how the load ended', async () => {
  const begun = gate();
  const cancelled = gate();
  const dropStaging = async () => {
    begun.open();
    await cancelled.promise;
    return { loaded: null };
  };
  await workflows.run({ dropStaging }, async (lab) => {
    const handle = await lab.start('loadMonth', [month]);
    await begun.promise;
    await handle.cancel();
    cancelled.open();
    expect((await handle.result()) as LoadReport).toMatchObject({ status: 'loaded' });
    expect(lab.steps().filter((step) => step === 'dropStaging')).toHaveLength(1);
  });
});

test('a cancelled load whose clean-up fails is cancelled nevertheless', async () => {
  const begun = gate();
  await workflows.run(
    {
      copyToStaging: () => {
        begun.open();
        return untilCancelled();
      },
      dropStaging: () => Promise.reject(ApplicationFailure.nonRetryable('the database is away')),
    },
    async (lab) => {
      const handle = await lab.start('loadMonth', [month]);
      await begun.promise;
      await handle.cancel();
      await expectCancelled(handle);
    },
  );
});
