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

/** Replays histories, one after the other, against the workflows of this build. */
export async function* replayFiles(files: readonly string[]): AsyncGenerator<Replay> {
  Runtime.install({ logger: new DefaultLogger('ERROR', () => undefined) });
  for (const file of files) yield { file, error: await replay(file) };
}

async function replay(file: string): Promise<string | undefined> {
  const history = await readHistory(file);
  try {
    await Worker.runReplayHistory({ workflowBundle }, history);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function readHistory(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as unknown;
  } catch (error) {
    throw new UserError(`${file} is not a readable history: ${(error as Error).message}`);
  }
}
