import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile, rm, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { PortTakenError } from './free-port.ts';
import { findProcess, stopProcess } from './processes.ts';
import type { StopStep } from './processes.ts';
import { StackError } from './stack-error.ts';

const POLL_MS = 50;
const LOG_LINES = 12;

export interface Command {
  file: string;
  args: string[];
  /** Run as this user, which only root can ask for. */
  uid?: number;
  gid?: number;
}

export interface ServerOptions {
  /** "PostgreSQL" */
  name: string;
  command: Command;
  /** Begun anew at every start, so that what it holds is about this one. */
  logFile: string;
  /** Holds the server's pid while it runs, for servers that write no such file themselves. */
  pidFile?: string;
  /** Asked again and again until it says true; what it throws ends the start. */
  isReady: (pid: number) => Promise<boolean>;
  readyWithinMs: number;
  stopSteps: readonly StopStep[];
  signal?: AbortSignal | undefined;
}

export interface ServerProcess {
  pid: number;
  /** Resolves when the process has ended; a second call waits for the same end. */
  stop(): Promise<void>;
}

/**
 * Starts a server that outlives Ctrl-C on the terminal (whoever asked for it stops it, after its own users) and
 * resolves when it is ready. If it does not become ready, nothing is left running and the error holds the last lines
 * of its log.
 */
export async function startServer(options: ServerOptions): Promise<ServerProcess> {
  const { name, command, logFile, pidFile, stopSteps } = options;
  const child = await spawnDetached(command, logFile).catch((cause: unknown) => {
    throw new StackError(`${name} cannot be started: ${String(cause)}`, { cause });
  });
  const running = await findProcess(child.pid);
  const end = async (): Promise<void> => {
    if (running) await stopProcess(running, stopSteps);
    if (pidFile !== undefined) await rm(pidFile, { force: true });
  };
  let ended: Promise<void> | undefined;
  const stop = (): Promise<void> => (ended ??= end());
  try {
    if (pidFile !== undefined) await writeFile(pidFile, String(child.pid));
    await waitUntilReady(options, child);
    return { pid: child.pid, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

type Spawned = ChildProcess & { pid: number };

async function spawnDetached({ file, args, ...identity }: Command, logFile: string): Promise<Spawned> {
  const log = await open(logFile, 'w', 0o600);
  try {
    const child = spawn(file, args, { ...identity, detached: true, stdio: ['ignore', log.fd, log.fd] });
    child.unref();
    await once(child, 'spawn');
    return child as Spawned;
  } finally {
    await log.close();
  }
}

async function waitUntilReady(options: ServerOptions, child: Spawned): Promise<void> {
  const { name, logFile, isReady, readyWithinMs, signal } = options;
  const deadline = Date.now() + readyWithinMs;
  for (;;) {
    // Also of a server that is ready at the first look.
    signal?.throwIfAborted();
    if (await isReady(child.pid)) return;
    if (child.exitCode !== null || child.signalCode !== null) throw await endedEarly(name, logFile);
    if (Date.now() > deadline) {
      const log = await readFile(logFile, 'utf8');
      throw new StackError(
        `${name} was not ready within ${readyWithinMs / 1000} s. ${lastLines(logFile, log)}`,
      );
    }
    await sleep(POLL_MS);
  }
}

/** A server that lost the race for a port says so; Temporal may panic, as it chooses more ports by itself. */
const PORT_TAKEN = /address already in use|^panic: /im;

async function endedEarly(name: string, logFile: string): Promise<StackError> {
  const log = await readFile(logFile, 'utf8');
  const message = `${name} ended while it was starting. ${lastLines(logFile, log)}`;
  return PORT_TAKEN.test(log) ? new PortTakenError(message) : new StackError(message);
}

/** The end of the log; of a program in Go that panicked the reason too, which stands before a long stack trace. */
function lastLines(logFile: string, log: string): string {
  const lines = log.trimEnd().split('\n');
  const panic = lines.slice(0, -LOG_LINES).filter((line) => line.startsWith('panic: '));
  const shown = [...panic, ...lines.slice(-LOG_LINES)];
  return `The end of ${logFile}:\n${shown.map((line) => `  ${line}`).join('\n')}`;
}
