/** Follows a load to its end, or until the person at the terminal has seen enough. */
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TemporalAccess } from '../operations/connect.ts';
import { observeLoad } from '../operations/load-progress.ts';
import { awaitResult, type LoadResult } from '../operations/load-result.ts';
import type { StartedLoad } from '../operations/start-load.ts';
import { note, outputWidth, print, printJson } from './context.ts';
import { renderFailures, renderResult } from './load-report.ts';
import { createLoadView, type LoadView } from './load-view.ts';

const LOOK_EVERY_MS = 250;

/** Shows progress until the load has ended; undefined if Ctrl-C came first. The load itself goes on then. */
export async function followLoad(
  temporal: TemporalAccess,
  load: StartedLoad,
): Promise<LoadResult | undefined> {
  const view = createLoadView(load.dataset);
  const detached = new AbortController();
  // The client adds a listener with every request, of which a long load takes many.
  setMaxListeners(0, detached.signal);
  // The listener stays: as soon as there is none, what gives the cursor back ends the process.
  const detach = () => (detached.signal.aborted ? process.exit(1) : detached.abort());
  process.on('SIGINT', detach);
  // A request that is under way would keep this process from its end.
  let looking = new AbortController();
  try {
    const result = temporal.client.withAbortSignal(detached.signal, () => awaitResult(temporal.client, load));
    const over = Promise.race([result.then(noop, noop), aborted(detached.signal)]).then(() => true);
    do looking = new AbortController();
    while (!(await Promise.race([over, look(temporal, load, view, looking.signal)])));
    if (detached.signal.aborted) return undefined;
    return await result;
  } finally {
    process.off('SIGINT', detach);
    looking.abort();
    view.close();
  }
}

/** Shows the load as it is now, and waits until it is time to look again. */
async function look(
  { client }: TemporalAccess,
  load: StartedLoad,
  view: LoadView,
  signal: AbortSignal,
): Promise<false> {
  const months = await client.withAbortSignal(signal, () => observeLoad(client, load));
  // It was over before this answer came.
  if (!signal.aborted) view.show(months);
  await sleep(LOOK_EVERY_MS);
  return false;
}

const noop = () => undefined;

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

/** How a load's end is told. */
export interface EndOptions {
  json: boolean;
  /** Whether a month that is not published is a failure to whoever waits. */
  failIfNotPublished?: boolean;
}

/** Follows a load and prints its result; the exit code is 1 if any month failed or nobody waited for the end. */
export async function followAndPrint(
  temporal: TemporalAccess,
  load: StartedLoad,
  { json, failIfNotPublished = false }: EndOptions,
): Promise<0 | 1> {
  const result = await followLoad(temporal, load);
  if (result === undefined) {
    note(`detached; the load goes on. ${howToGoOn(temporal, load)}`);
    return 1;
  }
  if (json) printJson(jsonOf(load, result));
  else print(renderResult(load.dataset, result, outputWidth()));
  const failures = renderFailures(load.dataset, result);
  failures.forEach(note);
  const unpublished = result.months.some((end) => 'report' in end && end.report.status === 'not_published');
  return failures.length > 0 || (failIfNotPublished && unpublished) ? 1 : 0;
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
