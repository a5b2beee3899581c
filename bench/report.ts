/**
 * `npm run bench`: a month's and a year's load, side by side in one run with the least that they could cost, with the
 * pipeline that fareflow replaces and its improvements, and with the tools that people use instead. Writes
 * bench/results/report.json, report.md and the plots.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { monthsBetween } from '../src/datasets/month.ts';
import { prepareFiles } from './files.ts';
import { describeMachine } from './machine.ts';
import { runOthers } from './others.ts';
import { prepareYellow } from './parquet-files.ts';
import { describeServer } from './server.ts';
import { firstMonths } from './sections/first-months.ts';
import { manyRows } from './sections/many-rows.ts';
import { reloads } from './sections/reloads.ts';
import { type TaughtYear, taughtYears } from './sections/taught-years.ts';
import { year } from './sections/year.ts';
import { type BenchStack, withStack } from './stack.ts';
import { writePlots } from './report/plots.ts';
import { writeMarkdown } from './report/markdown.ts';
import type { Report } from './report/types.ts';

const { values: flags } = parseArgs({
  options: {
    rows: { type: 'string', default: '1900000' },
    months: { type: 'string', default: '12' },
    repeat: { type: 'string', default: '3' },
    'large-months': { type: 'string', default: '24' },
    'large-rows': { type: 'string', default: '50000000' },
    'without-others': { type: 'boolean', default: false },
  },
});
const rows = Number(flags.rows);
const repeat = Number(flags.repeat);
const months = monthsBetween('2021-01', '2021-12').slice(0, Number(flags.months));
if (repeat > months.length) throw new RangeError('--repeat must not exceed --months');
const largeMonths = monthsBetween('2019-01', '2020-12').slice(0, Number(flags['large-months']));

const csv = await prepareFiles(months, rows, months.length);
await prepareYellow(months, rows);
const results = await withStack(async (stack) => {
  const machine = { ...describeMachine(), ...(await describeServer(stack.databaseUrl)) };
  const first = await firstMonths(stack, csv, repeat);
  const others = flags['without-others']
    ? []
    : await runOthers(stack.databaseUrl, csv.months[0]?.csv ?? '', rows, Math.min(repeat, 2));
  const taught: TaughtYear[] = await taughtYears(stack, csv, repeat);
  const years = await yearsOf(stack);
  return { machine, rows, first, others, taught, ...years };
});
const large = await manyRows(largeMonths, Math.ceil(Number(flags['large-rows']) / largeMonths.length));

const report: Report = { ...results, large };
const directory = new URL('results/', import.meta.url);
await mkdir(directory, { recursive: true });
await writeFile(new URL('report.json', directory), `${JSON.stringify(report, null, 2)}\n`);
await writePlots(directory, report);
console.log(await writeMarkdown(directory, report));

async function yearsOf(stack: BenchStack): Promise<Pick<Report, 'years' | 'reloads'>> {
  const ways = [
    { name: 'CSV, one month at a time', source: 'csv', width: 1 },
    { name: 'CSV, two at a time', source: 'csv', width: 2 },
    { name: 'Parquet, one month at a time', source: 'parquet', width: 1 },
    { name: 'Parquet, two at a time', source: 'parquet', width: 2 },
  ] as const;
  const years: Report['years'] = [];
  for (const way of ways) years.push(await year(stack, csv, way));
  return { years, reloads: await reloads(stack, csv, repeat) };
}
