import type { SourceFormat } from '../contract.ts';
import type { Dataset, Layout } from './types.ts';

/** A header that fits a layout. */
export interface HeaderFit {
  fits: true;
  layout: Layout;
  /** The target column of each of the file's columns, null for one that fills none. */
  columns: (string | null)[];
  /** Names that no layout knows; none unless such columns are to be left out. */
  unknown: string[];
}

/** A header that fits no layout: what is wrong with it, compared with the nearest one. */
export interface HeaderMismatch {
  fits: false;
  layout: Layout;
  missing: string[];
  unexpected: string[];
  /** Whether the header would fit if new columns were left out. */
  ignorable: boolean;
}

export type HeaderMatch = HeaderFit | HeaderMismatch;

/**
 * Finds the layout that holds the names of a header, in any order; spaces around a name do not count. Where none fits,
 * the answer says how the header differs from the nearest layout. With `ignore` a layout also fits a header that has
 * further names, unless another layout loads them: they are not to be lost because of where they turn up.
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
  const isNew = (name: string) => !dataset.layouts.some((layout) => Object.hasOwn(layout.columns, name));
  const fitsWithoutNew = ({ missing, unexpected }: Difference) =>
    missing.length === 0 && unexpected.every(isNew);
  const fitting = differences.find(
    (difference) =>
      difference.missing.length + difference.unexpected.length === 0 ||
      (onNewColumn === 'ignore' && fitsWithoutNew(difference)),
  );
  if (fitting === undefined) {
    return { fits: false, ...nearest, ignorable: differences.some(fitsWithoutNew) };
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
  /** A name that stands in the header twice is one: it could fill its column with either. */
  unexpected: string[];
}

function differenceOf(layout: Layout, names: readonly string[]): Difference {
  const known = knownNames(layout);
  const missing = Object.keys(layout.columns).filter(
    (name) => !names.includes(name) && layout.optional?.includes(name) !== true,
  );
  const unexpected = names.filter((name, i) => !known.includes(name) || names.indexOf(name) !== i);
  return { layout, missing, unexpected };
}

function knownNames(layout: Layout): string[] {
  return [...Object.keys(layout.columns), ...(layout.ignored ?? [])];
}
