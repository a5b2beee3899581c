import { stripVTControlCharacters } from 'node:util';
import Table from 'cli-table3';
import { colors } from './colors.ts';

/** A column of a table: its heading and on which side its cells stand. */
export interface Heading {
  title: string;
  align?: 'left' | 'right';
  /** Where there is no room, columns that have this are left out, the highest number first. */
  spare?: number;
}

const WIDE_GAP = 2;
const NARROW_GAP = 1;

/**
 * Rows under headings; numbers stand on the right. A table that is too wide does without its spare columns, and then
 * with less space between the others.
 */
export function renderTable(
  headings: readonly Heading[],
  rows: readonly (readonly string[])[],
  width = Number.POSITIVE_INFINITY,
): string {
  const spares = headings.flatMap(({ spare }) => spare ?? []).sort((a, b) => b - a);
  const limits = [Number.POSITIVE_INFINITY, ...spares];
  let table = '';
  for (const gap of [WIDE_GAP, NARROW_GAP]) {
    for (const limit of gap === WIDE_GAP ? limits : limits.slice(-1)) {
      const kept = (_: unknown, i: number) => (headings[i]?.spare ?? 0) < limit;
      table = render(
        headings.filter(kept),
        rows.map((row) => row.filter(kept)),
        gap,
      );
      if (isWithin(table, width)) return table;
    }
  }
  return table;
}

/** Whether no line of a text is wider than a width. */
export function isWithin(text: string, width: number): boolean {
  return text.split('\n').every((line) => stripVTControlCharacters(line).length <= width);
}

function render(headings: readonly Heading[], rows: readonly (readonly string[])[], gap: number): string {
  const none = '';
  const table = new Table({
    head: headings.map(({ title }) => colors.bold(title)),
    colAligns: headings.map(({ align }) => align ?? 'right'),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': gap },
    chars: {
      top: none,
      'top-mid': none,
      'top-left': none,
      'top-right': none,
      bottom: none,
      'bottom-mid': none,
      'bottom-left': none,
      'bottom-right': none,
      left: none,
      'left-mid': none,
      mid: none,
      'mid-mid': none,
      right: none,
      'right-mid': none,
      middle: none,
    },
  });
  table.push(...rows.map((row) => [...row]));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}
