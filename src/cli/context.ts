import { type Config, loadConfig } from '../config.ts';

/** Wrong usage: what was typed, or set in the environment, cannot be meant. Exit code 2. */
export class UsageError extends Error {
  override name = 'UsageError';
}

let config: Config | undefined;

/** The environment, read and checked once. */
export function getConfig(): Config {
  config ??= loadConfig(process.env);
  return config;
}

/** Writes to stdout: what a command is asked for, and nothing else. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Writes to stderr: progress, notes and errors. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Writes one JSON document to stdout. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}
