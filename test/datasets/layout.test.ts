import { describe, expect, it } from 'vitest';
import { datasets, getDataset } from '../../src/datasets/index.ts';
import { matchHeader } from '../../src/datasets/layout.ts';
import type { Dataset } from '../../src/datasets/types.ts';

const green = getDataset('green');
const names = Object.keys(green.layouts[0]?.columns ?? {});

describe.each(datasets)('the header of a $name file', (dataset) => {
  it.each(dataset.layouts)('fits its layout "$name" and names a column for each field', (layout) => {
    const header = Object.keys(layout.columns);
    expect(matchHeader(dataset, layout.format, header)).toEqual({
      fits: true,
      layout,
      columns: Object.values(layout.columns),
      unknown: [],
    });
  });
});

describe('a header', () => {
  it('fits no more than one layout of its kind', () => {
    for (const dataset of datasets) {
      const headers = dataset.layouts.map(
        ({ format, columns }) => `${format} ${Object.keys(columns).toSorted().join()}`,
      );
      expect(new Set(headers).size).toBe(headers.length);
    }
  });

  it('fits in any order, and its columns are in that order', () => {
    const reversed = names.toReversed();
    const match = matchHeader(green, 'csv', reversed);
    expect(match).toMatchObject({ fits: true, columns: reversed.map((name) => name.toLowerCase()) });
  });

  it('that lacks names does not fit, and they are told', () => {
    const match = matchHeader(green, 'csv', names.slice(2));
    expect(match).toMatchObject({ fits: false, missing: names.slice(0, 2), unexpected: [] });
  });

  it('with another name does not fit, and it is told', () => {
    expect(matchHeader(green, 'csv', [...names, 'airport_fee'])).toMatchObject({
      fits: false,
      missing: [],
      unexpected: ['airport_fee'],
    });
  });

  it('that holds a name twice does not fit', () => {
    expect(matchHeader(green, 'csv', [...names, 'VendorID'])).toMatchObject({
      fits: false,
      unexpected: ['VendorID'],
    });
  });

  it('is spelled as in the layout, to the letter, but for spaces around its names', () => {
    const spelled = names.map((name) => (name === 'VendorID' ? 'vendorid' : name));
    const match = matchHeader(green, 'csv', spelled);
    expect(match).toMatchObject({ fits: false, missing: ['VendorID'], unexpected: ['vendorid'] });
    expect(matchHeader(green, 'csv', [` ${names[0] ?? ''}`, ...names.slice(1)]).fits).toBe(true);
  });

  it('with another name fits where unknown columns are left out', () => {
    const match = matchHeader(green, 'csv', ['surge', ...names], 'ignore');
    expect(match).toMatchObject({ fits: true, columns: [null, ...names.map((name) => name.toLowerCase())] });
    expect(match).toMatchObject({ unknown: ['surge'] });
  });

  it('is not cut short by a column that another layout knows, or that stands there twice', () => {
    const later: Dataset = {
      ...green,
      layouts: [
        ...green.layouts,
        { format: 'parquet', name: 'later', columns: { surge: 'extra', a: 'a', b: 'b' } },
      ],
    };
    expect(matchHeader(later, 'csv', [...names, 'surge'], 'ignore')).toMatchObject({ fits: false });
    expect(matchHeader(green, 'csv', [...names, 'extra'], 'ignore')).toMatchObject({ fits: false });
  });

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', ''])(
    'with the name %j, which every object has, does not fit',
    (name) => {
      expect(matchHeader(green, 'csv', [...names, name])).toMatchObject({ fits: false, unexpected: [name] });
      expect(matchHeader(green, 'csv', [name, ...names.slice(1)]).fits).toBe(false);
    },
  );

  it('that is empty lacks everything', () => {
    const only: Dataset = { ...green, layouts: green.layouts.slice(0, 1) };
    expect(matchHeader(only, 'csv', [])).toMatchObject({ fits: false, missing: names, unexpected: [] });
  });

  it('is compared with the layout that is nearest to it', () => {
    const columns = { a: 'a', b: 'b', c: 'c' };
    const older = { format: 'csv', name: 'older', columns } as const;
    const newer = { format: 'csv', name: 'newer', columns: { ...columns, d: 'd', e: 'e', f: 'f' } } as const;
    const both: Dataset = { ...green, layouts: [older, newer] };
    expect(matchHeader(both, 'csv', ['a', 'b', 'c', 'd', 'e', 'x'])).toMatchObject({
      layout: newer,
      missing: ['f'],
      unexpected: ['x'],
    });
    expect(matchHeader(both, 'csv', ['a', 'b'])).toMatchObject({ layout: older, missing: ['c'] });
    expect(matchHeader(both, 'csv', ['c', 'b', 'a'])).toMatchObject({ fits: true, layout: older });
  });
});
