import type { CsvLayout, Dataset } from './types.ts';

/** A header that fits one of a data set's layouts, or what is wrong with it. */
export type HeaderMatch =
  | { fits: true; layout: CsvLayout; columns: string[] }
  | { fits: false; layout: CsvLayout; missing: string[]; unexpected: string[] };

/**
 * Finds the layout that holds exactly the names of a header, in any order; `columns` are then the target columns
 * in the file's order. Where none fits, the answer says how the header differs from the nearest layout.
 */
export function matchHeader(dataset: Dataset, header: readonly string[]): HeaderMatch {
  let nearest: Extract<HeaderMatch, { fits: false }> | undefined;
  for (const layout of dataset.layouts) {
    const missing = Object.keys(layout.columns).filter((name) => !header.includes(name));
    const unexpected = header.filter(
      (name, i) => !Object.hasOwn(layout.columns, name) || header.indexOf(name) !== i,
    );
    if (missing.length + unexpected.length === 0) {
      return { fits: true, layout, columns: header.map((name) => layout.columns[name] as string) };
    }
    const difference = missing.length + unexpected.length;
    if (nearest === undefined || difference < nearest.missing.length + nearest.unexpected.length) {
      nearest = { fits: false, layout, missing, unexpected };
    }
  }
  if (nearest === undefined) throw new RangeError(`the data set ${dataset.name} declares no layout`);
  return nearest;
}
