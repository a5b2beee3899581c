import proto from '@temporalio/proto';
import type { Config } from '../config.ts';
import { fileQueueOf } from '../contract.ts';
import { cacheId } from '../source/cache.ts';
import { connectTemporal, findTemporal } from './connect.ts';
import { UserError } from './errors.ts';

// A CommonJS module, whose names Node cannot see.
const { TASK_QUEUE_TYPE_ACTIVITY } = proto.temporal.api.enums.v1.TaskQueueType;

/** A poll takes a minute at most, so a poller that was not seen for two is gone. */
const POLLER_GONE_MS = 120_000;

/** Says who polls the queue of this host's cache. Throws a UserError if nobody does. */
export async function checkWorker(config: Config): Promise<string> {
  const queue = fileQueueOf(config.taskQueue, await cacheId({ directory: config.cacheDirectory }));
  const access = await connectTemporal(await findTemporal(config));
  try {
    const { pollers } = await access.client.workflowService.describeTaskQueue({
      namespace: access.endpoint.namespace,
      taskQueue: { name: queue },
      taskQueueType: TASK_QUEUE_TYPE_ACTIVITY,
    });
    const live = pollers.filter(
      ({ lastAccessTime }) => Date.now() - Number(lastAccessTime?.seconds ?? 0) * 1000 < POLLER_GONE_MS,
    );
    if (live.length === 0) throw new UserError(`no worker polls ${queue}`);
    return live.map(({ identity }) => `${identity ?? 'a worker'} polls ${queue}`).join('\n');
  } finally {
    await access.close();
  }
}
