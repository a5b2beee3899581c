import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { OnProgress } from './on-progress.ts';
import { findProcess, stopProcess } from './processes.ts';
import type { StopStep } from './processes.ts';

/** Whether the server that runs as `pid` says in its `postmaster.pid` that it takes connections. */
export async function isPostmasterReady(directory: string, pid: number): Promise<boolean> {
  const lines = await readPostmasterFile(directory);
  return lines?.[0] === String(pid) && lines[7]?.trim() === 'ready';
}

/** Stops the server that a killed fareflow left behind on this very data directory. */
export async function stopLeftoverPostmaster(
  directory: string,
  steps: readonly StopStep[],
  onProgress: OnProgress,
): Promise<void> {
  const lines = await readPostmasterFile(directory);
  if (!lines) return;
  const running = await findProcess(Number(lines[0]));
  if (running?.commandLine.includes(`${dataDirectoryArgs(directory).join(' ')} `)) {
    onProgress(`PostgreSQL: stopping process ${running.pid}, left by an earlier run`);
    await stopProcess(running, steps);
    return;
  }
  // The pid may belong to somebody else by now, for which PostgreSQL would refuse to start. It accepts its parent's
  // pid there, and then still looks whether backends of the old server use the data; without the file it would not.
  await writeFile(postmasterFile(directory), [process.pid, ...lines.slice(1)].join('\n'));
}

/** How a server's command line names its data directory; followed by another argument, so that no longer path matches. */
export function dataDirectoryArgs(directory: string): string[] {
  return ['-D', directory, '-p'];
}

function postmasterFile(directory: string): string {
  return path.join(directory, 'postmaster.pid');
}

async function readPostmasterFile(directory: string): Promise<string[] | undefined> {
  const text = await readFile(postmasterFile(directory), 'utf8').catch(() => undefined);
  return text?.split('\n');
}
