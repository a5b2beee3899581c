import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const POLL_MS = 25;

/** What tells a living process from a later one with the same pid. */
export interface RunningProcess {
  pid: number;
  startedAt: string;
  commandLine: string;
}

/** A signal, and how long to wait for the process to end before the next one. */
export interface StopStep {
  signal: NodeJS.Signals;
  waitMs: number;
}

/** The process with this pid, or undefined if there is none or only its zombie (an orphan in a container has nobody to reap it). */
export async function findProcess(pid: number): Promise<RunningProcess | undefined> {
  try {
    return process.platform === 'linux' ? await readProc(pid) : await askPs(pid);
  } catch {
    return undefined;
  }
}

/** Sends the signals in turn until the process has ended; a pid that was given to another process meanwhile is left alone. */
export async function stopProcess(running: RunningProcess, steps: readonly StopStep[]): Promise<void> {
  for (const { signal, waitMs } of steps) {
    if (await hasEnded(running)) return;
    sendSignal(running.pid, signal);
    for (const deadline = Date.now() + waitMs; Date.now() < deadline; await sleep(POLL_MS)) {
      if (await hasEnded(running)) return;
    }
  }
}

async function hasEnded({ pid, startedAt }: RunningProcess): Promise<boolean> {
  return (await findProcess(pid))?.startedAt !== startedAt;
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

async function readProc(pid: number): Promise<RunningProcess | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // The second field is the program's name in parentheses, which may itself hold blanks and parentheses.
  const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const startedAt = rest[18];
  if (state === 'Z' || startedAt === undefined) return undefined;
  const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8');
  return { pid, startedAt, commandLine: commandLine.split('\0').join(' ') };
}

async function askPs(pid: number): Promise<RunningProcess | undefined> {
  const format = ['-o', 'stat=', '-o', 'lstart=', '-o', 'command='];
  const { stdout } = await promisify(execFile)('ps', [...format, '-ww', '-p', String(pid)]);
  const [, state, startedAt, commandLine] = /^(\S+)\s+((?:\S+\s+){4}\S+)\s+(.*)$/m.exec(stdout.trim()) ?? [];
  if (!state || state.startsWith('Z') || !startedAt) return undefined;
  return { pid, startedAt, commandLine: commandLine ?? '' };
}
