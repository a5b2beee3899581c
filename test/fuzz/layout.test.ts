import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { datasets, type Dataset, type Layout } from '../../src/datasets/index.ts';
import { matchHeader } from '../../src/datasets/layout.ts';
import { runs } from './runs.ts';

const layouts = datasets.flatMap((dataset) => dataset.layouts.map((layout) => ({ dataset, layout })));
const declared = fc.constantFrom(...layouts);
const match = (
  { dataset, layout }: { dataset: Dataset; layout: Layout },
  header: readonly string[],
  onNewColumn?: 'ignore',
) => matchHeader(dataset, layout.format, header, onNewColumn);

const shuffled = <T>(list: readonly T[], minLength = list.length) =>
  fc.shuffledSubarray([...list], { minLength, maxLength: list.length });

/** Spaces before and behind a name, which do not count. */
const padded = (header: readonly string[]) =>
  fc
    .array(fc.constantFrom('', ' ', '\t', '  '), { minLength: header.length, maxLength: header.length })
    .map((spaces) =>
      header.map((name, i) => `${spaces[header.length - 1 - i] ?? ''}${name}${spaces[i] ?? ''}`),
    );

/** Names that a header may hold: those of all layouts, those that every object has, and any other. */
const name = fc.oneof(
  fc.constantFrom(...layouts.flatMap(({ layout }) => Object.keys(layout.columns))),
  fc.constantFrom('__proto__', 'constructor', 'toString', 'hasOwnProperty', 'length', ''),
  fc.string({ maxLength: 20 }),
);

describe.each(layouts)('a header of $dataset.name, $layout.format "$layout.name"', (own) => {
  const { columns, optional = [], ignored = [] } = own.layout;
  const required = Object.keys(columns).filter((name) => !optional.includes(name));
  const columnOf = (written: string) =>
    Object.hasOwn(columns, written.trim()) ? columns[written.trim()] : null;
  /** Every name that the layout needs, and some of those that it takes. */
  const complete = shuffled([...optional, ...ignored], 0).chain((some) => shuffled([...required, ...some]));

  it('fits in any order, with spaces or without, and each name keeps its column', () => {
    fc.assert(
      fc.property(complete.chain(padded), (header) => {
        expect(match(own, header)).toMatchObject({ fits: true, columns: header.map(columnOf), unknown: [] });
      }),
      runs(50),
    );
  });

  it('does not fit with a name too many or twice, and is no longer this one with a name too few', () => {
    const spoilt = fc.tuple(complete, fc.nat(), name).chain(([header, n, other]) =>
      fc.constantFrom(
        header.toSpliced(n % header.length, 0, header[0] ?? ''),
        // A name of another layout could make it that layout's header.
        header.toSpliced(n % header.length, 0, `${other}?`),
        header.with(n % header.length, `${other}?`),
      ),
    );
    fc.assert(
      fc.property(spoilt, (header) => {
        expect(match(own, header).fits).toBe(false);
      }),
      runs(100),
    );
    fc.assert(
      fc.property(complete, fc.constantFrom(...required), (header, lost) => {
        const found = match(
          own,
          header.filter((each) => each !== lost),
        );
        if (found.fits) expect(found.layout).not.toBe(own.layout);
        else expect(found).toMatchObject({ missing: expect.any(Array) as unknown });
      }),
      runs(100),
    );
  });

  it('fits with new names where those are left out, and loses no other one', () => {
    const widened = fc.tuple(complete, fc.uniqueArray(name, { minLength: 1, maxLength: 3 }), fc.nat());
    fc.assert(
      fc.property(widened, ([header, others, n]) => {
        const added = others.map((each) => `${each.trim()}?`);
        const wide = header.toSpliced(n % header.length, 0, ...added);
        expect(match(own, wide)).toMatchObject({ fits: false, ignorable: true });
        const found = match(own, wide, 'ignore');
        expect(found).toMatchObject({ fits: true, unknown: added });
        expect(found.fits && found.columns).toEqual(
          wide.map((each) => (added.includes(each) ? null : columnOf(each))),
        );
      }),
      runs(50),
    );
  });
});

describe('any header', () => {
  it('either fits, with a place for every name, or differs from the nearest layout by what is told', () => {
    fc.assert(
      fc.property(declared, fc.array(name, { maxLength: 25 }), (own, header) => {
        const found = match(own, header);
        const { layout } = found;
        const names = header.map((each) => each.trim());
        if (found.fits) {
          expect(found.columns).toHaveLength(header.length);
          return;
        }
        const { missing, unexpected } = found;
        expect(missing.length + unexpected.length).toBeGreaterThan(0);
        for (const each of missing) {
          expect(names).not.toContain(each);
          expect(Object.keys(layout.columns)).toContain(each);
        }
        for (const each of unexpected) expect(names).toContain(each);
      }),
      runs(150),
    );
  });
});
