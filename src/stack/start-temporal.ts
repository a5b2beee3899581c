import { mkdir, readFile, realpath } from 'node:fs/promises';
import path from 'node:path';
import { SearchAttribute } from '../contract.ts';
import { freePort, withFreePort } from './free-port.ts';
import { acquireLock } from './lock.ts';
import type { OnProgress } from './on-progress.ts';
import { findProcess, stopProcess } from './processes.ts';
import type { StopStep } from './processes.ts';
import { startServer } from './server-process.ts';
import type { ServerProcess } from './server-process.ts';
import { isTemporalReady } from './temporal-readiness.ts';

const STOP_STEPS: readonly StopStep[] = [
  { signal: 'SIGTERM', waitMs: 10_000 },
  { signal: 'SIGKILL', waitMs: 5_000 },
];

/**
 * The development server has one history shard, which it polls 20 times a second, and rounds timers to a second: an
 * activity then takes 100 ms at least. With these an activity takes about 10 ms, and a timer as long as it says.
 */
const DYNAMIC_CONFIG = [
  'history.transferProcessorMaxPollRPS=2000',
  'system.enableActivityEagerExecution=true',
  'history.timerProcessorMaxTimeShift="10ms"',
  'history.timerProcessorMaxPollRPS=2000',
  // Priorities, which are the rule in later servers only.
  'matching.useNewMatcher=true',
];

export interface StartTemporalOptions {
  cliPath: string;
  /** Holds the server's database, log, lock and pid: `temporal.db`, `.log`, `.lock` and `.pid`. */
  directory: string;
  onProgress: OnProgress;
  /** Whether to serve the web UI too; it does by default. */
  ui?: boolean | undefined;
  /** Any free port by default. */
  port?: number | undefined;
  /** Any free port by default. */
  uiPort?: number | undefined;
  signal?: AbortSignal | undefined;
}

export interface RunningTemporal {
  address: string;
  uiUrl: string | null;
  pid: number;
  /** Resolves when the server has ended. */
  stop(): Promise<void>;
}

/**
 * Starts a Temporal development server on 127.0.0.1 with its database in `directory`, the namespace `default` and, in a
 * new database, fareflow's search attributes. A server that a killed process left behind on this database is stopped first; if its
 * process is alive, throws a StackError with its pid.
 */
export async function startTemporal(options: StartTemporalOptions): Promise<RunningTemporal> {
  await mkdir(options.directory, { recursive: true });
  const directory = await realpath(options.directory);
  const lock = await acquireLock(path.join(directory, 'temporal.lock'), `Temporal in ${directory}`);
  try {
    const { server, address, uiUrl } = await startLocked(directory, options);
    const stop = (): Promise<void> => server.stop().then(() => lock.release());
    return { address, uiUrl, pid: server.pid, stop };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

interface Started {
  server: ServerProcess;
  address: string;
  uiUrl: string | null;
}

async function startLocked(directory: string, options: StartTemporalOptions): Promise<Started> {
  const { cliPath, onProgress, ui = true, signal } = options;
  await stopLeftover(directory, onProgress);
  onProgress('Temporal: starting');
  return withFreePort(options.port, async (port) => {
    const address = `127.0.0.1:${port}`;
    const uiPort = ui ? await freePort(options.uiPort) : undefined;
    const server = await startServer({
      name: 'Temporal',
      command: { file: cliPath, args: serverArgs(directory, port, uiPort) },
      logFile: path.join(directory, 'temporal.log'),
      pidFile: pidFile(directory),
      isReady: () => isTemporalReady(port),
      readyWithinMs: 60_000,
      stopSteps: STOP_STEPS,
      signal,
    });
    return { server, address, uiUrl: uiPort === undefined ? null : `http://127.0.0.1:${uiPort}` };
  });
}

function serverArgs(directory: string, port: number, uiPort: number | undefined): string[] {
  return [
    'server',
    'start-dev',
    ...databaseArgs(directory),
    `--port=${port}`,
    uiPort === undefined ? '--headless' : `--ui-port=${uiPort}`,
    ...DYNAMIC_CONFIG.flatMap((setting) => ['--dynamic-config-value', setting]),
    ...Object.values(SearchAttribute).flatMap((name) => ['--search-attribute', `${name}=Keyword`]),
  ];
}

/** How a server's command line names its database; followed by another argument, so that no longer path matches. */
function databaseArgs(directory: string): string[] {
  return ['--db-filename', path.join(directory, 'temporal.db'), '--ip', '127.0.0.1'];
}

async function stopLeftover(directory: string, onProgress: OnProgress): Promise<void> {
  const pid = Number(await readFile(pidFile(directory), 'utf8').catch(() => undefined));
  const running = await findProcess(pid);
  if (!running?.commandLine.includes(databaseArgs(directory).join(' '))) return;
  onProgress(`Temporal: stopping process ${pid}, left by an earlier run`);
  await stopProcess(running, STOP_STEPS);
}

function pidFile(directory: string): string {
  return path.join(directory, 'temporal.pid');
}
