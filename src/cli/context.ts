import { InvalidArgumentError } from 'commander';
import { type Config, loadConfig } from '../config.ts';
import { type Dataset, datasetNames, findDataset } from '../datasets/index.ts';
import { readDevFile } from '../stack/dev-file.ts';

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

/**
 * The built-in data set of that name. Where there is none it may be one of somebody's own, which the ledger or Temporal
 * may know; if neither is there to be asked, it is refused.
 */
export async function findBuiltIn(name: string): Promise<Dataset | undefined> {
  const { database, temporalConfigured, home } = getConfig();
  const dataset = findDataset(name);
  const someoneKnows =
    database !== undefined || temporalConfigured || (await readDevFile(home)) !== undefined;
  if (dataset === undefined && !someoneKnows) throw unknownDataset(name);
  return dataset;
}

/** The refusal of a data set that there is not. */
export function unknownDataset(name: string): UsageError {
  return new UsageError(
    `unknown data set "${name}"; there are ${datasetNames().join(', ')}, and those that you define with --dataset-file`,
  );
}

/** How wide a line of the output may be; where nobody says, as wide as terminals are. */
export function outputWidth(): number {
  return process.stdout.columns || 80;
}

/** Reads an option's number. */
export function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}
