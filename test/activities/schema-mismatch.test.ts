import { describe, expect, it } from 'vitest';
import { schemaMismatch } from '../../src/activities/schema-mismatch.ts';
import type { Dataset, Layout } from '../../src/datasets/index.ts';
import { green } from '../../src/datasets/green.ts';
import { matchHeader } from '../../src/datasets/layout.ts';

const layout = (name: string, format: Layout['format'], names: string[]): Layout => ({
  format,
  name,
  columns: Object.fromEntries(names.map((column) => [column, column])),
});
const dataset: Dataset = {
  ...green,
  layouts: [
    layout('old', 'csv', ['a', 'b']),
    layout('new', 'csv', ['a', 'b', 'c', 'd', 'e']),
    layout('all', 'parquet', ['a', 'b']),
  ],
};

function messageOf(format: Layout['format'], header: string[], typeOf?: (name: string) => string): string {
  const match = matchHeader(dataset, format, header);
  if (match.fits) throw new Error('fits');
  const failure = schemaMismatch(dataset, { filename: 'file', source: format }, match, typeOf);
  expect(failure).toMatchObject({ type: 'SchemaMismatch', nonRetryable: true });
  return failure.message;
}

describe('the failure of columns that fit no layout', () => {
  it('tells what is lacking and what is new, compared with the nearest layout', () => {
    expect(messageOf('csv', ['a', 'x'])).toBe(
      'the header of file lacks b and has the unexpected x, compared with the layout "old" of green; a new layout is declared in the data set\'s file',
    );
  });

  it('tells how to load the file without its new columns, where that would do', () => {
    expect(messageOf('csv', ['a', 'b', 'x'])).toMatch(
      / has the unexpected x, .*; --on-new-column ignore leaves it out/,
    );
    expect(messageOf('csv', ['a', 'b', 'x', 'y'])).toMatch(/ x, y, .* leaves them out/);
  });

  it('does not offer to leave out what another layout loads, or one of two columns of a name', () => {
    expect(messageOf('csv', ['a', 'b', 'c'])).not.toMatch('--on-new-column');
    expect(messageOf('csv', ['a', 'b', 'b'])).not.toMatch('--on-new-column');
  });

  it('tells the types of new columns where the format has them', () => {
    expect(messageOf('parquet', ['a', 'b', 'x'], () => 'DOUBLE')).toMatch(
      /^the schema of file has the unexpected x \(DOUBLE\), /,
    );
  });
});
