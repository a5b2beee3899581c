import type { SourceFormat } from '../contract.ts';
import type { Dataset, Layout } from './types.ts';

/** A header that fits one of a data set's layouts, or what is wrong with it. */
export type HeaderMatch =
  | {
      fits: true;
      layout: Layout;
      /** The target column of each of the file's columns, null for one that fills none. */
      columns: (string | null)[];
      /** Names that no layout knows; none unless such columns are to be left out. */
      unknown: string[];
    }
  | { fits: false; layout: Layout; missing: string[]; unexpected: string[] };

/**
 * Finds the layout that holds the names of a header, in any order; spaces around a name do not count. Where none fits,
 * the answer says how the header differs from the nearest layout. With `ignore` a layout also fits a header that has
 * further names.
 */
export function matchHeader(
  dataset: Dataset,
  format: SourceFormat,
  header: readonly string[],
  onNewColumn: 'fail' | 'ignore' = 'fail',
): HeaderMatch {
  const names = header.map((name) => name.trim());
  const differences = dataset.layouts
    .filter((layout) => layout.format === format)
    .map((layout) => differenceOf(layout, names))
    .toSorted((a, b) => a.missing.length + a.unexpected.length - b.missing.length - b.unexpected.length);
  const [nearest] = differences;
  if (nearest === undefined)
    throw new RangeError(`the data set ${dataset.name} declares no ${format} layout`);
  const fitting = differences.find(
    ({ missing, unexpected, repeated }) =>
      missing.length === 0 && !repeated && (unexpected.length === 0 || onNewColumn === 'ignore'),
  );
  if (fitting === undefined) {
    const { layout, missing, unexpected } = nearest;
    return { fits: false, layout, missing, unexpected };
  }
  const { layout, unexpected } = fitting;
  const columns = names.map(
    (name) => (Object.hasOwn(layout.columns, name) ? layout.columns[name] : null) ?? null,
  );
  return { fits: true, layout, columns, unknown: unexpected };
}

interface Difference {
  layout: Layout;
  missing: string[];
  unexpected: string[];
  /** A name that stands in the header twice could fill its column with either. */
  repeated: boolean;
}

function differenceOf(layout: Layout, names: readonly string[]): Difference {
  const known = [...Object.keys(layout.columns), ...(layout.ignored ?? [])];
  const missing = Object.keys(layout.columns).filter(
    (name) => !names.includes(name) && layout.optional?.includes(name) !== true,
  );
  const isRepeat = (name: string, i: number) => names.indexOf(name) !== i;
  const unexpected = names.filter((name, i) => !known.includes(name) || isRepeat(name, i));
  return { layout, missing, unexpected, repeated: names.some((name, i) => isRepeat(name, i)) };
}
