import { type Cell, createCells } from './cells.ts';
import type { Trip } from './trip.ts';
import type { TripFilePlan } from './trip-file-options.ts';
import { findWrittenLayout, headerOf } from './written-layout.ts';

/** The header lines of 2019 and later, as published. */
export const headers: Readonly<Record<'yellow' | 'green', string>> = {
  yellow: headerOf(findWrittenLayout('yellow', 'csv', '2019-01')).trimEnd(),
  green: headerOf(findWrittenLayout('green', 'csv', '2019-01')).trimEnd(),
};

/** Writes a trip as a line without its end. */
export type RowWriter = (trip: Trip) => string;

/** A writer of a file's rows. */
export function createRowWriter(plan: TripFilePlan): RowWriter {
  const cells = createCells(plan);
  const { surplusFields, quoted } = plan.written;
  const surplus = ','.repeat(surplusFields);
  return quoted ? (trip) => row(cells, trip, '"', '","', '"') : (trip) => row(cells, trip, '', ',', surplus);
}

function row(cells: readonly Cell[], trip: Trip, start: string, between: string, end: string): string {
  let text = start + (cells[0] as Cell)(trip);
  for (let i = 1; i < cells.length; i++) text += between + (cells[i] as Cell)(trip);
  return text + end;
}
