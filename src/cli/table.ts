import Table from 'cli-table3';
import colors from 'picocolors';

/** A column of a table: its heading and on which side its cells stand. */
export interface Heading {
  title: string;
  align?: 'left' | 'right';
}

/** Rows under headings, with one rule between them; numbers stand on the right. */
export function renderTable(headings: readonly Heading[], rows: readonly (readonly string[])[]): string {
  const none = '';
  const table = new Table({
    head: headings.map(({ title }) => colors.bold(title)),
    colAligns: headings.map(({ align }) => align ?? 'right'),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 },
    chars: {
      ...{ top: none, 'top-mid': none, 'top-left': none, 'top-right': none },
      ...{ bottom: none, 'bottom-mid': none, 'bottom-left': none, 'bottom-right': none },
      ...{
        left: none,
        'left-mid': none,
        mid: none,
        'mid-mid': none,
        right: none,
        'right-mid': none,
        middle: none,
      },
    },
  });
  table.push(...rows.map((row) => [...row]));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}
