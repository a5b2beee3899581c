/** A worker as a process of its own, kept running: one that dies is started again. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../client.js', import.meta.url));
const RESTART_AFTER_MS = 1_000;
/** A worker that ends this soon after its start fails for a reason that a restart does not mend. */
const TOO_SOON_MS = 5_000;

/** A worker process. */
export interface WorkerProcess {
  /** Lets the worker finish or hand over what it is doing; resolves when it has ended. */
  stop(): Promise<void>;
  /** Ends it at once. */
  kill(): void;
  /** Resolves with the reason when the worker cannot be kept running. */
  readonly failed: Promise<string>;
}

/** Starts a worker with this environment and starts it again whenever it dies. */
export function keepWorker(env: NodeJS.ProcessEnv, onRestart: (reason: string) => void): WorkerProcess {
  let stopping = false;
  let child: ChildProcess;
  let ended: Promise<void>;
  let fail: (reason: string) => void;
  const failed = new Promise<string>((resolve) => (fail = resolve));

  function start(): void {
    const begun = Date.now();
    // In a group of its own, so that Ctrl-C on the terminal is ours to pass on in the right order.
    child = spawn(process.execPath, [PROGRAM, 'worker'], {
      env,
      stdio: ['ignore', 'inherit', 'inherit'],
      detached: true,
    });
    ended = new Promise((resolve) => {
      child.once('error', (error) => fail(error.message));
      child.once('exit', (code, signal) => {
        resolve();
        if (stopping) return;
        const reason = signal === null ? `exit code ${code}` : signal;
        if (signal === null && Date.now() - begun < TOO_SOON_MS)
          return fail(`the worker ended with ${reason}`);
        onRestart(reason);
        setTimeout(() => {
          if (!stopping) start();
        }, RESTART_AFTER_MS);
      });
    });
  }

  start();
  return {
    failed,
    async stop() {
      stopping = true;
      child.kill('SIGTERM');
      await ended;
    },
    kill: () => void child.kill('SIGKILL'),
  };
}
