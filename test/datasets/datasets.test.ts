import { describe, expect, it } from 'vitest';
import { datasetNames, datasets, findDataset, getDataset } from '../../src/datasets/index.ts';
import { isPeriod, periodKind } from '../../src/datasets/period.ts';

describe.each(datasets)('$name', (dataset) => {
  const columns = dataset.columns.map(({ name }) => name);

  it('has columns of different names, all in lower case', () => {
    expect(new Set(columns).size).toBe(columns.length);
    expect(columns).toEqual(columns.map((name) => name.toLowerCase()));
  });

  it('has a natural key of its own columns', () => {
    expect(columns).toEqual(expect.arrayContaining([...dataset.naturalKey]));
    expect(new Set(dataset.naturalKey).size).toBe(dataset.naturalKey.length);
  });

  it.skipIf(periodKind(dataset) === 'whole')('has a pickup in its key', () => {
    expect(dataset.naturalKey).toContain(dataset.pickupColumn);
    expect(dataset.columns.find(({ name }) => name === dataset.pickupColumn)?.type).toBe('timestamp');
  });

  it.each(dataset.layouts)('fills columns that it has, and none twice, from the layout "$name"', (layout) => {
    const filled = Object.values(layout.columns);
    expect(columns).toEqual(expect.arrayContaining(filled));
    expect(new Set(filled).size).toBe(filled.length);
  });

  it.each(dataset.sources)('has a source for each month: $urlTemplate', ({ urlTemplate }) => {
    if (periodKind(dataset) !== 'whole') expect(urlTemplate).toContain('{month}');
    expect(URL.canParse(urlTemplate)).toBe(true);
  });

  it('has a first month and is found by its name', () => {
    expect(isPeriod(dataset, dataset.firstMonth)).toBe(true);
    expect(findDataset(dataset.name)).toBe(dataset);
    expect(dataset.name).toMatch(/^[a-z]+$/);
  });
});

it.each(['purple', '', 'Green', 'green ', '__proto__', 'constructor', 'length', '0'])(
  'there is no data set %j',
  (name) => {
    expect(findDataset(name)).toBeUndefined();
    expect(() => getDataset(name)).toThrow(`unknown data set ${JSON.stringify(name)}; there are`);
    expect(datasetNames()).not.toContain(name);
  },
);
