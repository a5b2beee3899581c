/** Holds the workflows of a build to what loads have done: as files tell it, or as a namespace still knows it. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import type { TemporalAccess } from '../operations/connect.ts';
import { UserError } from '../operations/errors.ts';
import { workflowBundle } from './workflow-bundle.ts';

/** How one history replayed. */
export interface Replay {
  /** The file, or the workflow id and run. */
  name: string;
  /** The first difference between the history and what the workflow does now. */
  error: string | undefined;
}

/** Which workflows are held to it: a bundle's file, this build's own by default. */
export type ReplayedBundle = string | undefined;

/** How many histories are fetched ahead. */
const FETCHED_AHEAD = 5;

/** Replays histories, one after the other; all must be readable. A directory stands for the `.json` files in it. */
export async function* replayFiles(
  paths: readonly string[],
  bundle?: ReplayedBundle,
): AsyncGenerator<Replay> {
  const files = (await Promise.all(paths.map(filesOf))).flat();
  // First, since a runtime of which nothing was used keeps the process alive.
  const histories = await Promise.all(files.map(readHistory));
  installQuietRuntime();
  for (const [i, name] of files.entries()) yield { name, error: await replay(histories[i], bundle) };
}

/**
 * Replays what a namespace knows of the workflows of this task queue that run, or that began or ended since a moment.
 * Yields nothing where there are none.
 */
export async function* replayNamespace(
  { client }: TemporalAccess,
  taskQueue: string,
  since: Date,
  bundle?: ReplayedBundle,
): AsyncGenerator<Replay> {
  const moment = since.toISOString();
  const query = `TaskQueue = '${taskQueue.replace(/['\\]/g, '\\$&')}' AND (ExecutionStatus = 'Running' OR StartTime >= '${moment}' OR CloseTime >= '${moment}')`;
  // Known not to be empty before there is a runtime, which nothing would use.
  if ((await client.workflow.count(query)).count === 0) return;
  installQuietRuntime();
  const histories = client.workflow.list({ query }).intoHistories({ concurrency: FETCHED_AHEAD });
  for await (const { workflowId, runId, error } of Worker.runReplayHistories(optionsOf(bundle), histories))
    yield { name: `${workflowId} (run ${runId})`, error: error?.message };
}

function optionsOf(bundle: ReplayedBundle) {
  return { workflowBundle: bundle === undefined ? workflowBundle : { codePath: bundle } };
}

/** What the SDK has to say of a difference, the error says too. */
function installQuietRuntime(): void {
  Runtime.install({
    logger: new DefaultLogger('ERROR', () => undefined),
    telemetryOptions: { logging: { filter: 'ERROR', forward: {} } },
  });
}

async function replay(history: unknown, bundle: ReplayedBundle): Promise<string | undefined> {
  try {
    await Worker.runReplayHistory(optionsOf(bundle), history);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function filesOf(path: string): Promise<string[]> {
  // What cannot be read is said of the file.
  const isDirectory = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isDirectory) return [path];
  const names = (await readdir(path)).filter((name) => name.endsWith('.json')).sort();
  if (names.length === 0) throw new UserError(`there is no history in ${path}: it has no .json file`);
  return names.map((name) => join(path, name));
}

async function readHistory(file: string): Promise<unknown> {
  let history: { events?: unknown };
  try {
    history = JSON.parse(await readFile(file, 'utf8')) as { events?: unknown };
  } catch (error) {
    throw new UserError(`${file} is not a readable history: ${(error as Error).message}`);
  }
  if (Array.isArray(history.events) && history.events.length > 0) return history;
  throw new UserError(`${file} is not a history: it has no events`);
}
