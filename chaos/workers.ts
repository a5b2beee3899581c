/** Worker processes: killed, stopped, frozen, and started again as a supervisor would. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { resolve } from 'node:path';

export interface WorkerSettings {
  /** The built program to run. */
  program: string;
  /** Its environment, besides PATH. */
  env: Readonly<Record<string, string>>;
  home: string;
  cacheDirectory: string;
  logFile: string;
  clock: Clock | undefined;
}

/** Milliseconds by which a worker's clock is wrong, and when it steps back to what is right. */
export interface Clock {
  offsetMs: number;
  rightAfterMs: number;
}

/** A place for a worker: whoever runs there now. */
export interface WorkerPlace {
  readonly pid: number | undefined;
  readonly cacheDirectory: string;
  /** Ends that nobody asked for, of workers that were ready. */
  readonly unexpected: string[];
  /** Resolves when the worker that runs now has said that it is ready. */
  ready(): Promise<void>;
  kill(restartMs: number, elsewhere?: { home: string; cacheDirectory: string }): Promise<void>;
  terminate(restartMs: number): void;
  freeze(ms: number): Promise<void>;
  /** Ends it for good, by SIGTERM; says how it ended, if not well. May be called again. */
  end(): Promise<string>;
}

const CLOCK = pathToFileURL(resolve(import.meta.dirname, 'clock.js')).href;
/** The longest that a worker may take to end: what it gives its steps, and what it is made of. */
const END_MS = 20_000;
const RESPAWN_MS = 300;

/** Starts a worker, and another in its place whenever it ends. */
export function startWorkerPlace(settings: WorkerSettings): WorkerPlace {
  const log = createWriteStream(settings.logFile, { flags: 'a' });
  const unexpected: string[] = [];
  let { home, cacheDirectory } = settings;
  let restartMs = RESPAWN_MS;
  let isAsked = false;
  let isOver = false;
  let isReady = false;
  let isKilled = false;
  let child = begin();

  function begin(): ChildProcess {
    isAsked = isReady = isKilled = false;
    const started = spawnWorker({ ...settings, home, cacheDirectory }, log, () => (isReady = true));
    started.once('exit', (code, signal) => {
      if (!isAsked && isReady) unexpected.push(`a worker ended by itself (${signal ?? `exit code ${code}`})`);
      if (!isOver) void sleep(restartMs).then(() => (isOver ? undefined : (child = begin())));
      restartMs = RESPAWN_MS;
    });
    return started;
  }

  const isRunning = () => child.exitCode === null && child.signalCode === null;
  return {
    get pid() {
      return child.pid;
    },
    get cacheDirectory() {
      return cacheDirectory;
    },
    unexpected,
    async ready() {
      while (!isReady) await sleep(20);
    },
    async kill(afterMs, elsewhere) {
      if (!isRunning()) return;
      isAsked = isKilled = true;
      restartMs = afterMs;
      if (elsewhere !== undefined) ({ home, cacheDirectory } = elsewhere);
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
    terminate(afterMs) {
      if (!isRunning()) return;
      isAsked = true;
      restartMs = afterMs;
      child.kill('SIGTERM');
    },
    async freeze(ms) {
      const frozen = child;
      frozen.kill('SIGSTOP');
      await sleep(ms);
      frozen.kill('SIGCONT');
    },
    async end() {
      isOver = isAsked = true;
      if (isRunning()) {
        const ended = once(child, 'exit');
        child.kill('SIGCONT');
        child.kill('SIGTERM');
        const late = setTimeout(() => child.kill('SIGKILL'), END_MS);
        await ended;
        clearTimeout(late);
      }
      log.end();
      const { exitCode, signalCode } = child;
      // One that was still starting does not know of signals yet.
      if (exitCode === 0 || !isReady || isKilled) return 'well';
      return signalCode ?? `exit code ${String(exitCode)}`;
    },
  };
}

function spawnWorker(
  { program, env, home, cacheDirectory, clock }: WorkerSettings,
  log: WriteStream,
  onReady: () => void,
): ChildProcess {
  const isWrong = clock !== undefined && clock.offsetMs !== 0;
  const child = spawn(process.execPath, [...(isWrong ? ['--import', CLOCK] : []), program], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      XDG_CONFIG_HOME: '/nonexistent',
      ...env,
      FAREFLOW_HOME: home,
      FAREFLOW_CACHE_DIR: cacheDirectory,
      ...(isWrong ? { CHAOS_CLOCK: `${clock.offsetMs} ${clock.rightAfterMs}` } : {}),
    },
  });
  const look = (chunk: Buffer) => {
    log.write(chunk);
    if (chunk.includes('worker is ready')) onReady();
  };
  child.stdout.on('data', look);
  child.stderr.on('data', look);
  return child;
}
