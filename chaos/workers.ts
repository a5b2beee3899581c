/** Worker processes: killed, stopped, frozen, and started again as a supervisor would. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
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
  clock: Clock;
}

/** Milliseconds by which a worker's clock is wrong, and when it steps back to what is right. */
export interface Clock {
  offsetMs: number;
  rightAfterMs: number;
}

/** A place for a worker: whoever runs there now. */
export interface WorkerPlace {
  readonly pid: number | undefined;
  readonly home: string;
  readonly cacheDirectory: string;
  readonly clock: Clock;
  /** Ends that nobody asked for, of workers that were ready, and ends of those that were told to stop and did not end well. */
  readonly unexpected: string[];
  /** Forgets what was unexpected, and writes to another file. */
  beginRun(logFile: string): void;
  /** Resolves when the worker that runs now, or comes next, has said that it is ready. */
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
  let log = createWriteStream(settings.logFile, { flags: 'a' });
  const unexpected: string[] = [];
  let { home, cacheDirectory } = settings;
  let restartMs = RESPAWN_MS;
  let isOver = false;
  let isReady = false;
  /** What it was told last. */
  let told: 'nothing' | 'stop' | 'die' = 'nothing';
  let child = begin();

  function begin(): ChildProcess {
    isReady = false;
    told = 'nothing';
    const started = spawnWorker({ ...settings, home, cacheDirectory }, (chunk) => {
      if (!log.writableEnded) log.write(chunk);
      if (chunk.includes('worker is ready')) isReady = true;
    });
    started.once('exit', (code, signal) => {
      const how = signal ?? `exit code ${code}`;
      if (isReady && told === 'nothing') unexpected.push(`a worker ended by itself (${how})`);
      if (isReady && told === 'stop' && code !== 0 && !isOver)
        unexpected.push(`a worker that was told to stop ended with ${how}`);
      isReady = false;
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
    get home() {
      return home;
    },
    get cacheDirectory() {
      return cacheDirectory;
    },
    clock: settings.clock,
    unexpected,
    beginRun(logFile) {
      unexpected.length = 0;
      if (logFile === log.path) return;
      log.end();
      log = createWriteStream(logFile, { flags: 'a' });
    },
    async ready() {
      while (!isReady && !isOver) await sleep(20);
    },
    async kill(afterMs, elsewhere) {
      if (!isRunning()) return;
      told = 'die';
      restartMs = afterMs;
      if (elsewhere !== undefined) ({ home, cacheDirectory } = elsewhere);
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
    terminate(afterMs) {
      if (!isRunning() || told !== 'nothing') return;
      told = 'stop';
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
      isOver = true;
      // One that is still starting does not know of signals yet.
      const wasReady = isReady && told !== 'die';
      if (isRunning()) {
        told = 'stop';
        const ended = once(child, 'exit');
        child.kill('SIGCONT');
        child.kill('SIGTERM');
        const late = setTimeout(() => child.kill('SIGKILL'), END_MS);
        await ended;
        clearTimeout(late);
      }
      log.end();
      const { exitCode, signalCode } = child;
      return exitCode === 0 || !wasReady ? 'well' : (signalCode ?? `exit code ${String(exitCode)}`);
    },
  };
}

function spawnWorker(
  { program, env, home, cacheDirectory, clock }: Omit<WorkerSettings, 'logFile'>,
  onOutput: (chunk: Buffer) => void,
): ChildProcess {
  const isWrong = clock.offsetMs !== 0;
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
  child.stdout.on('data', onOutput);
  child.stderr.on('data', onOutput);
  return child;
}
