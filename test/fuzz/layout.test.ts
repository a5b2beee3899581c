import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { datasets, type Dataset } from '../../src/datasets/index.ts';
import { matchHeader } from '../../src/datasets/layout.ts';
import { runs } from './runs.ts';

type Layout = Dataset['layouts'][number];

const layouts = datasets.flatMap((dataset) => dataset.layouts.map((layout) => ({ dataset, layout })));
const declared = fc.constantFrom(...layouts);
const match = ({ dataset }: { dataset: Dataset; layout: Layout }, header: readonly string[]) =>
  matchHeader(dataset, header);

const shuffled = <T>(list: readonly T[]) =>
  fc.shuffledSubarray([...list], { minLength: list.length, maxLength: list.length });

/** Names that a header may hold: those of all layouts, those that every object has, and any other. */
const name = fc.oneof(
  fc.constantFrom(...layouts.flatMap(({ layout }) => Object.keys(layout.columns))),
  fc.constantFrom('__proto__', 'constructor', 'toString', 'hasOwnProperty', 'length', ''),
  fc.string({ maxLength: 20 }),
);

describe.each(layouts)('a header of $dataset.name, "$layout.name"', (own) => {
  const names = Object.keys(own.layout.columns);

  it('fits in any order, and each name keeps its column', () => {
    fc.assert(
      fc.property(shuffled(names), (header) => {
        const found = match(own, header);
        expect(found).toMatchObject({ fits: true, columns: header.map((each) => own.layout.columns[each]) });
      }),
      runs(50),
    );
  });

  it('does not fit with a name too few, too many or twice', () => {
    const spoilt = fc.tuple(shuffled(names), fc.nat(names.length - 1), name).chain(([header, at, other]) =>
      fc.constantFrom(
        header.toSpliced(at, 1),
        header.toSpliced(at, 0, header[0] ?? ''),
        // A name of another layout could make it that layout's header.
        header.toSpliced(at, 0, `${other}?`),
        header.with(at, `${other}?`),
      ),
    );
    fc.assert(
      fc.property(spoilt, (header) => {
        const found = match(own, header);
        expect(found.fits).toBe(false);
        expect(found).toMatchObject({ missing: expect.any(Array) as unknown });
      }),
      runs(200),
    );
  });
});

describe('any header', () => {
  it('either fits, with a column for every name, or differs from the nearest layout by what is told', () => {
    fc.assert(
      fc.property(declared, fc.array(name, { maxLength: 25 }), (own, header) => {
        const found = match(own, header);
        const { layout } = found;
        if (found.fits) {
          expect(found.columns).toHaveLength(header.length);
          return;
        }
        const { missing, unexpected } = found;
        expect(missing.length + unexpected.length).toBeGreaterThan(0);
        for (const each of missing) {
          expect(header).not.toContain(each);
          expect(Object.keys(layout.columns)).toContain(each);
        }
        for (const each of unexpected) expect(header).toContain(each);
      }),
      runs(150),
    );
  });
});
