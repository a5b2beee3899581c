/** The program as people run it: `node dist/client.js`, in a clean environment and a home of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export const PROGRAM = resolve(import.meta.dirname, '../../dist/client.js');

/** How a command ended, and what it wrote. */
export interface CliResult {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** A command that runs. */
export interface RunningCli {
  readonly child: ChildProcess;
  readonly result: Promise<CliResult>;
  /** Types a text. */
  type(text: string): void;
  /** Resolves once the pattern is in what the command has written; rejects if it ends without. */
  wrote(pattern: RegExp): Promise<void>;
}

/** A file runs many commands at once, and each has a listener. */
process.setMaxListeners(0);

/** Where a command runs; a home that is not given is made for it, and removed with it. */
export interface CliOptions {
  env?: Readonly<Record<string, string>>;
  home?: string;
}

/** The environment without anything that fareflow, PostgreSQL or Temporal read, or that decides on colours. */
export function cleanEnvironment(): NodeJS.ProcessEnv {
  const theirs = /^(FAREFLOW_|TEMPORAL_|PG|DATABASE_URL$|FORCE_COLOR$|NO_COLOR$|CI$|NODE_OPTIONS$|VITEST)/;
  const kept = Object.entries(process.env).filter(([name]) => !theirs.test(name));
  // Not even the temporal.toml of whoever runs the tests.
  return {
    ...Object.fromEntries(kept),
    XDG_CONFIG_HOME: '/nonexistent',
    // One worker has them at their default addresses, and tests run many.
    FAREFLOW_METRICS_ADDRESS: 'off',
    FAREFLOW_HEALTH_ADDRESS: 'off',
  };
}

/** Runs a command to its end. */
export async function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  return (await startCli(args, options)).result;
}

/** Starts a command. */
export async function startCli(args: readonly string[], options: CliOptions = {}): Promise<RunningCli> {
  return startProgram(process.execPath, [PROGRAM, ...args], options);
}

/** Starts any program as `startCli` starts fareflow. */
export async function startProgram(
  program: string,
  args: readonly string[],
  { env = {}, home }: CliOptions,
): Promise<RunningCli> {
  const own = home ?? (await mkdtemp(join(tmpdir(), 'fareflow-home-')));
  const child = spawn(program, args, {
    cwd: own,
    env: { ...cleanEnvironment(), FAREFLOW_HOME: join(own, '.fareflow'), ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  // A test that gave up on it leaves it running.
  const end = () => void child.kill('SIGKILL');
  process.once('exit', end);
  child.once('close', () => process.off('exit', end));
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const result = new Promise<CliResult>((done, fail) => {
    child.once('error', fail);
    child.once('close', (code, signal) => done({ code, signal, stdout, stderr }));
  });
  if (home === undefined) void result.finally(() => rm(own, { recursive: true, force: true }));
  return {
    child,
    result,
    type: (text) => void child.stdin.write(text),
    wrote: (pattern) =>
      new Promise((found, fail) => {
        const look = () => pattern.test(stdout + stderr) && found();
        child.stdout.on('data', look);
        child.stderr.on('data', look);
        child.once('close', () => fail(new Error(`ended without ${pattern}: ${stdout}${stderr}`)));
        look();
      }),
  };
}

/** The lines of a text. */
export function linesOf(text: string): string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n');
}
