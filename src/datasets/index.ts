import type { Dataset } from './types.ts';
import { parseDefinition } from './definition.ts';
import { fhv } from './fhv.ts';
import { fhvhv } from './fhvhv.ts';
import { green } from './green.ts';
import { yellow } from './yellow.ts';
import { zones } from './zones.ts';

export { DefinitionError } from './definition.ts';
export type { Check, Column, ColumnType, Dataset, Layout, Period, Source } from './types.ts';

/** Every data set that can be loaded. Adding one is a file beside this one and its name here. */
export const datasets: readonly Dataset[] = [yellow, green, fhv, fhvhv, zones];

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

/** The data set that a load is of: the one that came with its input, or the one of that name. */
export function datasetOf({ dataset, definition }: { dataset: string; definition?: object }): Dataset {
  return definition === undefined ? getDataset(dataset) : parseDefinition(definition, datasets);
}

/** The names of all data sets. */
export function datasetNames(): string[] {
  return datasets.map((dataset) => dataset.name);
}
