import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { UserError } from '../operations/errors.ts';

/** How one history replayed. */
export interface Replay {
  file: string;
  /** The first difference between the history and what the workflow does now. */
  error: string | undefined;
}

/** The workflows as they were bundled with this build. */
export const workflowBundle = { codePath: fileURLToPath(new URL('../workflow-bundle.js', import.meta.url)) };

/** Replays histories, one after the other, against the workflows of this build; all must be readable. */
export async function* replayFiles(files: readonly string[]): AsyncGenerator<Replay> {
  // First, since a runtime of which nothing was used keeps the process alive.
  const histories = await Promise.all(files.map(readHistory));
  // What the SDK has to say of a difference, the error says too.
  Runtime.install({
    logger: new DefaultLogger('ERROR', () => undefined),
    telemetryOptions: { logging: { filter: 'ERROR', forward: {} } },
  });
  for (const [i, file] of files.entries()) yield { file, error: await replay(histories[i]) };
}

async function replay(history: unknown): Promise<string | undefined> {
  try {
    await Worker.runReplayHistory({ workflowBundle }, history);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
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
