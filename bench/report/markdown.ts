/** A report as Markdown. */
import { writeFile } from 'node:fs/promises';
import { median } from '../median.ts';
import { millions, targets, taughtFirst, whole } from './figures.ts';
import type { MeasuredLoad, Report } from './types.ts';

/** Writes `report.md`; returns its text. */
export async function writeMarkdown(directory: URL, report: Report): Promise<string> {
  const text = `${sections(report).join('\n\n')}\n`;
  await writeFile(new URL('report.md', directory), text);
  return text;
}

function sections(report: Report): string[] {
  const { machine, rows, years, reloads, large } = report;
  return [
    '# What a load costs',
    `Made by \`npm run bench\`; yellow, ${rows.toLocaleString('en')} rows a month. Seconds are this machine's, ratios travel better.`,
    table(
      ['machine', ''],
      Object.entries(machine).map(([what, value]) => [what, String(value)]),
    ),
    '## Targets',
    table(
      ['', 'target', 'found', ''],
      targets(report).map(({ what, limit, found, met }) => [what, limit, found, met ? 'met' : '**missed**']),
    ),
    '## A new month, each way in turns',
    '![](month.svg)',
    firstTable(report),
    '## A year, month after month into one table',
    '![](year.svg)',
    yearTable(report),
    '## A year through fareflow',
    table(
      [
        'way',
        'seconds',
        'a month',
        'worker peak MB',
        'PostgreSQL peak MB',
        'WAL bytes a row',
        'table and index bytes a row',
      ],
      years.map((year) => [
        year.name,
        seconds(year.totalMs),
        seconds(year.totalMs / (report.taught[0]?.months.length ?? 1)),
        String(year.workerPeakMb),
        String(year.serverPeakMb),
        String(year.walBytesPerRow),
        String(year.tableBytesPerRow),
      ]),
    ),
    '## A month that is there already',
    table(
      ['', 'seconds', 'download', 'copy', 'hash', 'merge', 'updated', 'removed'],
      Object.entries(reloads).map(([what, loads]) => loadRow(what, loads as MeasuredLoad[])),
    ),
    `## ${millions(large.rows)} rows in ${large.months.length} months`,
    table(
      ['month', 'seconds', 'copy', 'hash', 'merge', 'worker peak MB so far'],
      large.months.map(({ month, wholeMs, phases, workerPeakMb }) => [
        month,
        ...[wholeMs, phases.copy, phases.hash, phases.merge].map(seconds),
        String(workerPeakMb),
      ]),
    ),
  ];
}

function firstTable(report: Report): string {
  const { first, others } = report;
  const bare = median(first.bare);
  const row = (what: string, ms: number, note: string) => [what, seconds(ms), (ms / bare).toFixed(2), note];
  const phases = (loads: readonly MeasuredLoad[]) => {
    const of = (phase: 'download' | 'copy' | 'hash' | 'merge') =>
      `${phase} ${seconds(median(loads.map((load) => load.phases[phase])))}`;
    const temporal = `Temporal ${seconds(median(loads.map(({ temporalMs }) => temporalMs)))}`;
    return [of('download'), of('copy'), of('hash'), of('merge'), temporal].join(', ');
  };
  const steps = first.taught[0]?.steps.map(({ step, ms }) => `${step} ${seconds(ms)}`).join(', ') ?? '';
  return table(
    ['way', 'seconds', 'bare COPYs', 'of it, or what it lacks'],
    [
      row('bare COPY, unindexed', bare, 'everything but the rows'),
      row('bare COPY, two connections', median(first.bareByTwo), 'everything but the rows'),
      row('fareflow, CSV', whole(first.csv), phases(first.csv)),
      row('fareflow, Parquet', whole(first.parquet), phases(first.parquet)),
      row('the taught pipeline', taughtFirst(report), steps),
      ...others.map(({ name, ms, lacks, unavailable }) =>
        ms.length === 0 ? [name, '–', '–', unavailable ?? ''] : row(name, median(ms), `lacks ${lacks}`),
      ),
    ],
  );
}

function yearTable({ taught, years }: Report): string {
  const months = taught[0]?.months.length ?? 0;
  const shown = [1, 2, 3, 6, 9, 12].filter((month) => month <= months);
  const cell = (ms: number | undefined) => (ms === undefined ? '' : seconds(ms));
  return table(
    ['way', ...shown.map((month) => `month ${month}`), 'how'],
    [
      ...taught.map(({ pipeline, months: runs }) => [
        pipeline.name,
        ...shown.map((month) => cell(runs[month - 1]?.totalMs)),
        pipeline.change,
      ]),
      ...years
        .filter(({ width }) => width === 1)
        .map(({ name, months: loads }) => [
          `fareflow, ${name}`,
          ...shown.map((month) => cell(loads[month - 1]?.wholeMs)),
          'id on the fly, key, audit columns, ledger',
        ]),
    ],
  );
}

function loadRow(what: string, loads: readonly MeasuredLoad[]): string[] {
  const of = (phase: 'download' | 'copy' | 'hash' | 'merge') =>
    median(loads.map((load) => load.phases[phase]));
  const [load] = loads;
  return [
    what,
    seconds(whole(loads)),
    ...(['download', 'copy', 'hash', 'merge'] as const).map((phase) => seconds(of(phase))),
    String(load?.counts.updated ?? ''),
    String(load?.counts.removed ?? ''),
  ];
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(2);
}

function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const aligned = headings.map((_, i) => (i === 0 || headings[i] === 'how' ? '---' : '--:'));
  return [line(headings), line(aligned), ...rows.map(line)].join('\n');
}
