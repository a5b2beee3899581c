/**
 * `npm run bench`: what a month's load costs, side by side in one run with the least that it could cost (a bare COPY)
 * and with the pipeline that it replaces. Prints a table and writes bench/results/load.json.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { renderTable } from '../src/cli/table.ts';
import { monthsBetween } from '../src/datasets/month.ts';
import { bareCopy, type TaughtPipeline, taughtPipeline } from './baselines.ts';
import { prepareFiles } from './files.ts';
import { loadThroughTemporal, type MeasuredLoad } from './fareflow.ts';
import { describeMachine } from './machine.ts';
import { median } from './median.ts';
import { withBenchStack } from './stack.ts';

const { values: flags } = parseArgs({
  options: {
    rows: { type: 'string', default: '1900000' },
    months: { type: 'string', default: '10' },
    repeat: { type: 'string', default: '3' },
  },
});
const rows = Number(flags.rows);
const repeat = Number(flags.repeat);
const months = monthsBetween('2021-01', '2021-12').slice(0, Number(flags.months));

const files = await prepareFiles(months, rows, repeat);
const result = await withBenchStack({ FAREFLOW_CSV_URL: files.urlTemplate }, async (stack) => {
  const copies: number[] = [];
  const taught: TaughtPipeline[] = [];
  const loads: MeasuredLoad[] = [];
  // In turns, since a fresh cluster gets faster as its WAL files come to be used again.
  for (const [i, { month, csv }] of files.months.entries()) {
    if (i < repeat) {
      copies.push(await bareCopy(stack.databaseUrl, csv));
      taught.push(await taughtPipeline(stack.databaseUrl, csv));
    }
    loads.push(await loadThroughTemporal(stack, 'yellow', month));
  }
  const unchanged = await loadThroughTemporal(stack, 'yellow', months[0] as string);
  return { copies, loads, unchanged, taught, workerPeakMb: await stack.workerPeakMb() };
});

const copyMs = median(result.copies);
const taughtMs = median(result.taught.map(({ totalMs }) => totalMs));
const inTurns = result.loads.slice(0, result.copies.length).map(({ wholeMs }) => wholeMs);
const loadMs = median(inTurns);
const ratio = (ms: number) => (ms / copyMs).toFixed(2);
const seconds = (ms: number) => (ms / 1000).toFixed(2);
const line = (what: string, ms: number) => [what, seconds(ms), ratio(ms)];
console.log(
  renderTable(
    [{ title: `yellow, ${rows} rows a month`, align: 'left' }, { title: 'seconds' }, { title: 'bare COPYs' }],
    [
      line('bare COPY, unindexed (median)', copyMs),
      ...result.taught.flatMap(({ steps, totalMs }, i) => [
        line(`taught pipeline, ${months[i] ?? ''}`, totalMs),
        ...steps.map(({ step, ms }) => line(`  ${step}`, ms)),
      ]),
      ...result.loads.map((load) => line(`fareflow, ${load.month}`, load.wholeMs)),
      line('fareflow, unchanged file', result.unchanged.wholeMs),
    ],
  ),
);
const last = result.loads.at(-1) as MeasuredLoad;
const summary = {
  timesBareCopy: Number(ratio(loadMs)),
  timesFasterThanTaught: Number((taughtMs / loadMs).toFixed(2)),
  lastMonthToFirst: Number((last.wholeMs / (inTurns[0] ?? loadMs)).toFixed(2)),
  temporalShareMs: Math.max(...result.loads.map((load) => load.temporalMs)),
  workerPeakMb: result.workerPeakMb,
};
console.log(`\n${JSON.stringify(summary, null, 2)}`);
await mkdir(new URL('results/', import.meta.url), { recursive: true });
await writeFile(
  new URL('results/load.json', import.meta.url),
  `${JSON.stringify({ machine: describeMachine(), rows, summary, ...result }, null, 2)}\n`,
);
