import type { Dataset } from './types.ts';
import { fhv } from './fhv.ts';
import { fhvhv } from './fhvhv.ts';
import { green } from './green.ts';
import { yellow } from './yellow.ts';

export type { Check, Column, ColumnType, Dataset, Layout, Source } from './types.ts';

/** Every data set that can be loaded. Adding one is a file beside this one and its name here. */
export const datasets: readonly Dataset[] = [yellow, green, fhv, fhvhv];

/** The data set of that name, or undefined. */
export function findDataset(name: string): Dataset | undefined {
  return datasets.find((dataset) => dataset.name === name);
}

/** The data set of that name; a name that passed `parseLoadMonthInput` always has one. */
export function getDataset(name: string): Dataset {
  const dataset = findDataset(name);
  if (dataset === undefined) {
    throw new RangeError(`unknown data set ${JSON.stringify(name)}; there are ${datasetNames().join(', ')}`);
  }
  return dataset;
}

/** The data set that a load is of. */
export function datasetOf({ dataset }: { dataset: string }): Dataset {
  return getDataset(dataset);
}

/** The names of all data sets. */
export function datasetNames(): string[] {
  return datasets.map((dataset) => dataset.name);
}
