import { ActivityFailure, ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { describe, expect, it } from 'vitest';
import { awaitLoad } from '../../src/activities/await-load.ts';
import { useTemporal } from '../support/temporal.ts';

const temporal = useTemporal();
const load = { dataset: 'green', month: '2021-03', workflowId: 'load-green-2021-03' };
const wait = (workflowId = load.workflowId) =>
  new MockActivityEnvironment({}, { client: temporal.client }).run(awaitLoad, { ...load, workflowId });

describe('a load that somebody else started', () => {
  it('is waited for while it runs, by failing so that one tries again; when it has ended, that is the end', async () => {
    const handle = await temporal.client.workflow.start('loadMonth', {
      workflowId: load.workflowId,
      taskQueue: 'nobody-works-here',
    });
    const failure: unknown = await wait().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ApplicationFailure);
    expect(failure).not.toBeInstanceOf(ActivityFailure);
    expect(failure).toMatchObject({
      message: 'green 2021-03: waiting for load-green-2021-03, which somebody else has started',
      type: 'StillRunning',
      nonRetryable: false,
      nextRetryDelay: 2_000,
      category: 'BENIGN',
    });
    await handle.terminate();
    await expect(wait()).resolves.toBeUndefined();
  });

  it('has ended if Temporal has forgotten it', async () => {
    await expect(wait('load-green-1999-01')).resolves.toBeUndefined();
  });
});
