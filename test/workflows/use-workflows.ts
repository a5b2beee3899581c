/** The workflows of this tree on a real server, with fake activities that a test may replace. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { activityInfo, Context } from '@temporalio/activity';
import type { Client, WorkflowHandleWithFirstExecutionRunId, WorkflowStartOptions } from '@temporalio/client';
import {
  bundleWorkflowCode,
  DefaultLogger,
  NativeConnection,
  Runtime,
  Worker,
  type WorkflowBundle,
} from '@temporalio/worker';
import { afterAll, beforeAll } from 'vitest';
import { workflowSources } from '../../scripts/workflow-sources.ts';
import type { Activities } from '../../src/activities/index.ts';
import { fakeActivities } from '../support/fake-activities.ts';
import { useMemoryTemporal } from './memory-temporal.ts';

const pathOf = (file: string) => fileURLToPath(new URL(file, import.meta.url));

export type Step = keyof Activities;
export type WorkflowType = 'loadMonth' | 'loadMonths' | 'resetMonth' | 'scheduledLoad';

/** One attempt of an activity. */
export interface Call {
  step: Step;
  input: { dataset: string; month: string };
  taskQueue: string;
  attempt: number;
}

/** One test's activities, and what became of them. */
export interface Lab {
  client: Client;
  taskQueue: string;
  /** The queue that fake downloads name, which a worker of the test polls. */
  fileQueue: string;
  /** Every attempt of an activity, in order. */
  calls: Call[];
  /** The steps of `calls`, those of one month if it is given. */
  steps(month?: string): Step[];
  /** Starts a workflow as scripts do: by its name, with any arguments at all. */
  start(
    type: WorkflowType,
    args: unknown[],
    options?: Partial<WorkflowStartOptions>,
  ): Promise<WorkflowHandleWithFirstExecutionRunId>;
  /** Starts a workflow and waits for its result. */
  execute<T>(type: WorkflowType, input: unknown): Promise<T>;
}

/** The activities that a test replaces, which may fall back on the fake ones. */
export type Overrides = Partial<Activities> | ((fakes: Activities) => Partial<Activities>);

export interface Workflows {
  /** Has the workers use these activities while `use` runs; one test of a file at a time. */
  run<T>(overrides: Overrides, use: (lab: Lab) => Promise<T>): Promise<T>;
}

export interface Options {
  server?: { readonly client: Client; readonly address: string };
  workflowsPath?: string;
}

/** A server and workers for this test file: to make workers takes longer than most tests do. */
export function useWorkflows({
  server = useMemoryTemporal(),
  workflowsPath = workflowSources.workflowsPath,
}: Options = {}): Workflows {
  const taskQueue = `test-${randomUUID()}`;
  const fileQueue = `${taskQueue}-files`;
  const fakes = fakeActivities(fileQueue);
  let current: { activities: Activities; calls: Call[] } = { activities: fakes, calls: [] };
  const activities = delegating(fakes, () => current);
  const bundling = bundleWorkflows(workflowsPath);
  let stop: () => Promise<void>;

  beforeAll(async () => {
    // Steps that fail on purpose would fill the screen.
    Runtime.install({
      logger: new DefaultLogger('ERROR'),
      telemetryOptions: { logging: { filter: 'ERROR' } },
    });
    const workflowBundle = await bundling;
    const connection = await NativeConnection.connect({ address: server.address });
    const common = {
      connection,
      activities,
      // A cancellation reaches a step in answer to a heartbeat.
      maxHeartbeatThrottleInterval: 20,
      defaultHeartbeatThrottleInterval: 20,
      // A failed test may leave a step before a gate that nobody opens any more; the server must be stopped anyway.
      shutdownForceTime: 2_000,
    };
    const workers = await Promise.all([
      Worker.create({ ...common, taskQueue, workflowBundle }),
      Worker.create({ ...common, taskQueue: fileQueue }),
    ]);
    const running = Promise.allSettled(workers.map((worker) => worker.run()));
    stop = async () => {
      for (const worker of workers) worker.shutdown();
      await running;
      await connection.close().catch(() => undefined);
    };
  });
  afterAll(() => stop());

  return {
    async run(overrides, use) {
      const replaced = typeof overrides === 'function' ? overrides(fakes) : overrides;
      const calls: Call[] = [];
      current = { activities: { ...fakes, ...replaced }, calls };
      const { client } = server;
      const start: Lab['start'] = (type, args, options = {}) =>
        client.workflow.start(type, {
          taskQueue,
          args,
          workflowId: `test-${randomUUID()}`,
          // A workflow that is stuck fails its test, not the run of the tests.
          workflowExecutionTimeout: '120 seconds',
          ...options,
        });
      return use({
        client,
        taskQueue,
        fileQueue,
        calls,
        start,
        steps: (month) =>
          calls.filter(({ input }) => month === undefined || input.month === month).map(({ step }) => step),
        execute: async <T>(type: WorkflowType, input: unknown) =>
          (await (await start(type, [input])).result()) as T,
      });
    },
  };
}

/** The workflows of this tree with the patience of a test. */
function bundleWorkflows(workflowsPath: string): Promise<WorkflowBundle> {
  return bundleWorkflowCode({
    ...workflowSources,
    workflowsPath,
    workflowInterceptorModules: [pathOf('impatience.ts')],
    logger: new DefaultLogger('ERROR'),
  });
}

/** Activities that note each attempt, and have the current test's do the work. */
function delegating(
  names: Activities,
  current: () => { activities: Activities; calls: Call[] },
): Record<string, (input: Call['input']) => Promise<unknown>> {
  const delegate = (step: Step) => (input: Call['input']) => {
    const { activities, calls } = current();
    const { taskQueue, attempt } = activityInfo();
    calls.push({ step, input, taskQueue, attempt });
    return (activities[step] as (input: unknown) => Promise<unknown>)(input);
  };
  return Object.fromEntries(Object.keys(names).map((name) => [name, delegate(name as Step)]));
}

/** A step that works until it is told to stop, as a real one does: it reports life and obeys. */
export async function untilCancelled(): Promise<never> {
  const context = Context.current();
  for (;;) {
    context.heartbeat();
    await Promise.race([context.cancelled, sleep(10)]);
  }
}

/** A promise that a test resolves: so that steps wait for an event, never for a time. */
export function gate<T = void>(): { promise: Promise<T>; open: (value: T) => void } {
  let open!: (value: T) => void;
  const promise = new Promise<T>((resolve) => {
    open = resolve;
  });
  return { promise, open };
}
