/** Data sets that people define in a file of their own. */
import { readFile } from 'node:fs/promises';
import { basename, extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Dataset, datasetOf, DefinitionError, findDataset } from '../datasets/index.ts';
import { UsageError, unknownDataset } from './context.ts';

/** A data set, with its definition if it is not a built-in one. */
export interface NamedDataset {
  dataset: Dataset;
  definition?: object;
}

/** The built-in data set of that name, or the one that the file defines under it. */
export async function findNamed(name: string, file: string | undefined): Promise<NamedDataset> {
  if (file !== undefined) {
    const named = await readDatasetFile(file);
    if (named.dataset.name === name) return named;
    throw new UsageError(`${basename(file)} defines the data set "${named.dataset.name}", not "${name}"`);
  }
  const dataset = findDataset(name);
  if (dataset === undefined) throw unknownDataset(name);
  return { dataset };
}

/** The data set that a file defines: JSON, or a module whose default export is the definition. */
export async function readDatasetFile(file: string): Promise<Required<NamedDataset>> {
  const definition = extname(file) === '.json' ? await readJson(file) : await importDefault(file);
  if (typeof definition !== 'object' || definition === null) {
    throw new UsageError(`${basename(file)}: a definition is an object`);
  }
  try {
    return { dataset: datasetOf({ dataset: '', definition }), definition };
  } catch (error) {
    if (!(error instanceof DefinitionError)) throw error;
    throw new UsageError(`${basename(file)}: ${error.message}`);
  }
}

async function readJson(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw unreadable(file, error);
  });
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new UsageError(`${basename(file)} is not JSON: ${(error as Error).message.replaceAll('\n', ' ')}`);
  }
}

async function importDefault(file: string): Promise<unknown> {
  try {
    const module = (await import(pathToFileURL(resolve(file)).href)) as { default?: unknown };
    if (module.default === undefined) throw new Error('it has no default export');
    // What travels with a load is JSON, whatever else an object may hold.
    return JSON.parse(JSON.stringify(module.default));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_UNKNOWN_FILE_EXTENSION' && /\.[cm]?ts$/.test(file)) {
      throw new UsageError(
        `${basename(file)}: Node ${process.versions.node} reads no TypeScript; use Node 22.18 or later, or write the data set as .json or .mjs`,
      );
    }
    throw unreadable(file, error);
  }
}

function unreadable(file: string, error: unknown): UsageError {
  return new UsageError(`the data set's file ${file} cannot be read: ${(error as Error).message}`);
}

/** The addresses that a definition brings along, and those that they redirect to. */
export function templatesOf({ isOwn, sources }: Dataset): string[] {
  if (isOwn !== true) return [];
  return sources.flatMap(({ urlTemplate, redirectHosts }) => [
    urlTemplate,
    ...redirectHosts.map((host) => `https://${host}/`),
  ]);
}
