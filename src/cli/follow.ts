/** Follows a load to its end, or until the person at the terminal has seen enough. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { TemporalAccess } from '../operations/connect.ts';
import { observeLoad } from '../operations/load-progress.ts';
import { awaitResult, type LoadResult } from '../operations/load-result.ts';
import type { StartedLoad } from '../operations/start-load.ts';
import { note, print, printJson } from './context.ts';
import { renderResult } from './load-report.ts';
import { createLoadView } from './load-view.ts';

const LOOK_EVERY_MS = 250;

/** Shows progress until the load has ended; undefined if Ctrl-C came first. The load itself goes on then. */
export async function followLoad(
  temporal: TemporalAccess,
  load: StartedLoad,
): Promise<LoadResult | undefined> {
  const view = createLoadView(load.dataset);
  const detached = new AbortController();
  const detach = () => detached.abort();
  process.once('SIGINT', detach);
  try {
    const result = awaitResult(temporal.client, load);
    const watch = { ended: false };
    const isOver = () => watch.ended || detached.signal.aborted;
    const done = result.finally(() => (watch.ended = true)).catch(() => undefined);
    while (!isOver()) {
      const months = await observeLoad(temporal.client, load);
      // Between the last look and now the load may have ended; the result says so better.
      if (!isOver()) view.show(months);
      await Promise.race([
        done,
        sleep(LOOK_EVERY_MS, undefined, { signal: detached.signal }).catch(() => undefined),
      ]);
    }
    return detached.signal.aborted && !watch.ended ? undefined : await result;
  } finally {
    process.off('SIGINT', detach);
    view.close();
  }
}

/** Follows a load and prints its result; the exit code is 1 if any month failed or nobody waited for the end. */
export async function followAndPrint(
  temporal: TemporalAccess,
  load: StartedLoad,
  json: boolean,
): Promise<0 | 1> {
  const result = await followLoad(temporal, load);
  if (result === undefined) {
    note(`detached; the load goes on. ${howToGoOn(temporal, load)}`);
    return 1;
  }
  if (json) printJson(jsonOf(load, result));
  else print(renderResult(load.dataset, result));
  if (result.error !== undefined && !json) note(`${load.dataset}: ${result.error}`);
  const failed = result.error !== undefined || result.months.some((end) => 'error' in end);
  return failed ? 1 : 0;
}

/** The commands that watch and stop a load, for whoever leaves it alone. */
export function howToGoOn({ endpoint }: TemporalAccess, { workflowId }: StartedLoad): string {
  const ui =
    endpoint.uiUrl === null
      ? ''
      : `\n  in the browser  ${endpoint.uiUrl}/namespaces/${endpoint.namespace}/workflows/${workflowId}`;
  return `To go on watching:\n  fareflow watch ${workflowId}${ui}`;
}

function jsonOf(load: StartedLoad, result: LoadResult): unknown {
  const months = result.months.map((end) =>
    'report' in end
      ? end.report
      : { dataset: load.dataset, month: end.month, status: 'failed', error: end.error },
  );
  if (load.months.length === 1) return months[0];
  return {
    workflowId: load.workflowId,
    ...(result.summary ?? { dataset: load.dataset }),
    ...(result.error === undefined ? {} : { error: result.error }),
    months,
  };
}
