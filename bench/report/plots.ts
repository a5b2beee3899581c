/** The plots of a report. */
import { writeFile } from 'node:fs/promises';
import { median } from '../median.ts';
import { taughtFirst, whole } from './figures.ts';
import { type Bar, barPlot, linePlot } from './svg.ts';
import type { Report } from './types.ts';

/** Writes `month.svg` and `year.svg`. */
export async function writePlots(directory: URL, report: Report): Promise<void> {
  await writeFile(new URL('month.svg', directory), monthPlot(report));
  await writeFile(new URL('year.svg', directory), yearPlot(report));
}

function monthPlot(report: Report): string {
  const { rows, first, others } = report;
  const bar = (group: Bar['group'], label: string, ms: number): Bar => ({
    label,
    value: ms,
    note: `${(ms / 1000).toFixed(1)} s`,
    group,
  });
  const bars = [
    bar('limit', 'bare COPY, unindexed (the limit)', median(first.bare)),
    bar('fareflow', 'fareflow, Parquet', whole(first.parquet)),
    bar('fareflow', 'fareflow, CSV', whole(first.csv)),
    bar('other', 'the taught pipeline', taughtFirst(report)),
    ...others
      .filter(({ ms }) => ms.length > 0)
      .map(({ name, dedupes, ms }) => bar('other', `${name}${dedupes ? '' : ', no dedupe'}`, median(ms))),
  ];
  return barPlot(
    `A new month of ${rows.toLocaleString('en')} rows`,
    bars.sort((a, b) => a.value - b.value),
  );
}

function yearPlot({ taught, years, rows }: Report): string {
  const seconds = (ms: number) => ms / 1000;
  return linePlot(`Seconds a month, ${rows.toLocaleString('en')} rows each, into one table`, 'month', [
    ...taught.map(({ pipeline, months }) => ({
      label: pipeline.name === 'taught' ? 'the taught pipeline' : `… with ${pipeline.name}`,
      values: months.map(({ totalMs }) => seconds(totalMs)),
      group: 'other' as const,
    })),
    ...years
      .filter(({ width }) => width === 1)
      .map(({ source, months }) => ({
        label: `fareflow, ${source === 'csv' ? 'CSV' : 'Parquet'}`,
        values: months.map(({ wholeMs }) => seconds(wholeMs)),
        group: 'fareflow' as const,
      })),
  ]);
}
