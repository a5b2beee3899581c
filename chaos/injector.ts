/** Does the planned faults when their moment comes. */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadMonthId } from '../src/contract.ts';
import type { Deed, Fault, Point } from './faults.ts';
import type { RunFile } from './files.ts';
import type { Lane } from './lane.ts';
import type { Strike, Verdict } from './postgres-proxy.ts';
import type { FaultySource } from './source.ts';
import type { WorkerPlace } from './workers.ts';

/** What faults are done to. */
export interface Victims {
  lane: Lane;
  files: readonly RunFile[];
  source(): FaultySource;
  workers: readonly WorkerPlace[];
  /** A place on another host. */
  elsewhere: () => { home: string; cacheDirectory: string };
  /** The ids of the ranges that were started. */
  ranges(): readonly string[];
}

/** Where a load stands, and whose work it is. */
export interface Moment {
  point: Point;
  dataset: string | undefined;
  month: string | undefined;
  /** Unknown at the source, where Temporal is asked. */
  worker: WorkerPlace | undefined;
}

/** A fault that struck. */
export interface Struck {
  kind: Deed['kind'];
  when: Fault['when'];
  point: Point;
  load: string;
}

export interface Injector {
  /** The fault of this moment, if there is one. */
  at(moment: Moment): Strike | undefined;
  /** What has happened so far. */
  readonly done: Struck[];
  /** Resolves when what was begun has been done. */
  settled(): Promise<void>;
}

export function createInjector(faults: readonly Fault[], victims: Victims): Injector {
  const seen = new Map<Point, number>();
  const waiting = new Set(faults);
  const done: Struck[] = [];
  let underWay: Promise<unknown> = Promise.resolve();

  async function act(fault: Fault, moment: Moment): Promise<Verdict> {
    const worker = moment.worker ?? (await holderOf(moment, victims));
    const { dataset = '?', month = '' } = moment;
    done.push({ kind: fault.deed.kind, when: fault.when, point: fault.point, load: `${dataset} ${month}` });
    return perform(fault.deed, { ...moment, worker }, victims);
  }

  return {
    done,
    at(moment) {
      const nth = (seen.get(moment.point) ?? 0) + 1;
      seen.set(moment.point, nth);
      const fault = [...waiting].find((one) => one.point === moment.point && one.nth <= nth);
      if (fault === undefined) return undefined;
      waiting.delete(fault);
      return {
        when: fault.when,
        act: () => {
          const acting = act(fault, moment);
          underWay = Promise.allSettled([underWay, acting]);
          return acting;
        },
      };
    },
    async settled() {
      for (let last; last !== underWay;) await (last = underWay);
    },
  };
}

/** The worker that has the month's step now, by Temporal's own account; else the first. */
async function holderOf({ dataset, month }: Moment, { lane, workers }: Victims): Promise<WorkerPlace> {
  const first = workers[0] as WorkerPlace;
  if (dataset === undefined || month === undefined) return first;
  const handle = lane.client.workflow.getHandle(loadMonthId({ dataset, month }));
  const description = await handle.describe().catch(() => undefined);
  const pid = description?.raw.pendingActivities?.[0]?.lastWorkerIdentity?.split('/').at(-1);
  return workers.find((worker) => String(worker.pid) === pid) ?? first;
}

type Known = Moment & { worker: WorkerPlace };

async function perform(deed: Deed, moment: Known, victims: Victims): Promise<Verdict> {
  const { worker, dataset, month } = moment;
  const { lane } = victims;
  switch (deed.kind) {
    case 'cut':
      return 'cut';
    case 'blackhole':
      await sleep(deed.ms);
      return 'cut';
    case 'kill-worker':
      await worker.kill(deed.restartMs, deed.newHost ? victims.elsewhere() : undefined);
      return 'cut';
    case 'stop-worker':
      worker.terminate(deed.restartMs);
      return 'pass';
    case 'freeze-worker':
      await worker.freeze(deed.ms);
      return 'pass';
    case 'kill-postgres':
      await lane.bouncePostgres('kill', deed.downMs);
      return 'cut';
    case 'stop-postgres':
      await lane.bouncePostgres('stop', deed.downMs);
      return 'pass';
    case 'crash-backend':
      await lane.bouncePostgres('crash-backend', 0);
      return 'cut';
    case 'restart-temporal':
      await lane.bounceTemporal('stop', deed.downMs);
      return 'pass';
    case 'kill-temporal':
      await lane.bounceTemporal('kill', deed.downMs);
      return 'pass';
    case 'wipe-cache':
      await wipe(worker.cacheDirectory);
      return 'pass';
    case 'republish': {
      const file = victims.files.find(({ plan }) => plan.dataset === dataset && plan.month === month);
      if (file !== undefined) victims.source().republish(file);
      return 'pass';
    }
    case 'cancel-range':
      for (const id of victims.ranges()) await attempt(() => lane.client.workflow.getHandle(id).cancel());
      return 'pass';
    case 'cancel-month':
    case 'terminate-month': {
      if (dataset === undefined || month === undefined) return 'pass';
      const handle = lane.client.workflow.getHandle(loadMonthId({ dataset, month }));
      await attempt(() => (deed.kind === 'cancel-month' ? handle.cancel() : handle.terminate('chaos')));
      return deed.kind === 'cancel-month' && deed.cut ? 'cut' : 'pass';
    }
  }
}

/** The workflow may have ended, and Temporal may be down. */
async function attempt(work: () => Promise<unknown>): Promise<void> {
  await work().catch(() => undefined);
}

async function wipe(directory: string): Promise<void> {
  for (const name of await readdir(directory).catch(() => []))
    if (name.endsWith('.file')) await rm(join(directory, name), { force: true });
}
