import proto from '@temporalio/proto';
import type { Config } from '../config.ts';
import { fileQueueOf } from '../contract.ts';
import { cacheId } from '../source/cache.ts';
import { connectTemporal, findTemporal, type TemporalAccess } from './connect.ts';
import { UserError } from './errors.ts';

// A CommonJS module, whose names Node cannot see.
const { TASK_QUEUE_TYPE_ACTIVITY } = proto.temporal.api.enums.v1.TaskQueueType;

/** A poll takes a minute at most, so a poller that was not seen for two is gone. */
const POLLER_GONE_MS = 120_000;

type TaskQueueType = proto.temporal.api.enums.v1.TaskQueueType;
type Poller = proto.temporal.api.taskqueue.v1.IPollerInfo;

/** Whoever has polled a task queue lately. */
export async function livePollers(
  { client, endpoint: { namespace } }: TemporalAccess,
  queue: string,
  taskQueueType: TaskQueueType,
): Promise<Poller[]> {
  const { pollers } = await client.workflowService.describeTaskQueue({
    namespace,
    taskQueue: { name: queue },
    taskQueueType,
  });
  return pollers.filter(
    ({ lastAccessTime }) => Date.now() - Number(lastAccessTime?.seconds ?? 0) * 1000 < POLLER_GONE_MS,
  );
}

/** Says who polls the queue of this host's cache. Throws a UserError if nobody does. */
export async function checkWorker(config: Config): Promise<string> {
  const queue = fileQueueOf(config.taskQueue, await cacheId({ directory: config.cacheDirectory }));
  const access = await connectTemporal(await findTemporal(config));
  try {
    const live = await livePollers(access, queue, TASK_QUEUE_TYPE_ACTIVITY);
    if (live.length === 0) throw new UserError(`no worker polls ${queue}`);
    return live.map(({ identity }) => `${identity ?? 'a worker'} polls ${queue}`).join('\n');
  } finally {
    await access.close();
  }
}
