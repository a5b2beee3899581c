/** Starts a run's loads, in waves, and waits until all have ended, whatever happens to Temporal meanwhile. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { loadMonthId, loadMonthsId } from '../src/contract.ts';
import { definitionOf } from './datasets.ts';
import type { PlannedLoad } from './plan.ts';

const RETRY_MS = 200;
const LOOK_MS = 250;

/** Calls Temporal until it answers. */
export async function persist<T>(call: () => Promise<T>, withinMs = 60_000): Promise<T> {
  for (const end = Date.now() + withinMs; ; await sleep(RETRY_MS)) {
    try {
      return await call();
    } catch (error) {
      if (!isOutage(error) || Date.now() > end) throw error;
    }
  }
}

/** gRPC's CANCELLED, UNKNOWN, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, ABORTED, INTERNAL, UNAVAILABLE. */
const OUTAGES = new Set([1, 2, 4, 8, 10, 13, 14]);

function isOutage(error: unknown): boolean {
  const { code, cause } = error as { code?: number; cause?: { code?: number } };
  return OUTAGES.has(code ?? cause?.code ?? -1);
}

/** Starts a load; one that runs already is as good. Returns its workflow id, and whether this was its start. */
export async function startLoad(
  client: Client,
  taskQueue: string,
  load: PlannedLoad,
): Promise<{ workflowId: string; isNew: boolean }> {
  const { dataset } = load;
  const options = { ...definitionOf(dataset), ...load.options };
  const [workflowId, input] =
    load.type === 'loadMonth'
      ? [loadMonthId(load), { dataset, month: load.month, ...options }]
      : [
          loadMonthsId(load),
          {
            dataset,
            from: load.from,
            to: load.to,
            concurrency: load.concurrency,
            continueOnError: true,
            ...options,
          },
        ];
  try {
    await persist(() =>
      client.workflow.start(load.type, {
        taskQueue,
        workflowId,
        args: [input],
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
        // A run may not leave anything behind for the next one, not even a workflow that is stuck.
        workflowExecutionTimeout: '20 minutes',
      }),
    );
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    return { workflowId, isNew: false };
  }
  return { workflowId, isNew: true };
}

/** A workflow of a run, as Temporal lists it. */
export interface Execution {
  workflowId: string;
  runId: string;
  type: string;
  status: string;
}

/** The workflows of a task queue that were started at some moment or later. */
export interface Started {
  taskQueue: string;
  since: Date;
}

/** Every workflow of a run. */
export async function listExecutions(client: Client, { taskQueue, since }: Started): Promise<Execution[]> {
  return persist(async () => {
    const executions: Execution[] = [];
    for await (const { workflowId, runId, type, status } of client.workflow.list({
      query: `TaskQueue = "${taskQueue}" and StartTime >= "${since.toISOString()}"`,
    }))
      executions.push({ workflowId, runId, type, status: status.name });
    return executions;
  });
}

/**
 * Resolves when all of a run's workflows have ended, those that were started and their children; throws with the
 * names of those that have not in time. What Temporal lists comes a little later than what it knows.
 */
export async function untilOver(
  client: Client,
  all: Started,
  started: Iterable<string>,
  withinMs: number,
): Promise<void> {
  const end = Date.now() + withinMs;
  for (const workflowId of new Set(started)) {
    const handle = client.workflow.getHandle(workflowId);
    await until(end, async () =>
      (await persist(() => handle.describe())).status.name === 'RUNNING' ? [workflowId] : [],
    );
  }
  let listed = -1;
  await until(end, async () => {
    const executions = await listExecutions(client, all);
    const running = executions.filter(({ status }) => status === 'RUNNING');
    const isSettled = executions.length === listed;
    listed = executions.length;
    if (running.length > 0) return running.map(({ workflowId }) => workflowId);
    return isSettled ? [] : ['the list of workflows'];
  });
}

async function until(end: number, waitingFor: () => Promise<string[]>): Promise<void> {
  for (; ; await sleep(LOOK_MS)) {
    const names = await waitingFor();
    if (names.length === 0) return;
    if (Date.now() > end) throw new StuckError(`${names.join(', ')} had not ended in time`);
  }
}

/** A load that does not end. */
export class StuckError extends Error {
  override name = 'StuckError';
}
