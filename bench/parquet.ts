/**
 * `npm run bench -- parquet`: months loaded from Parquet, side by side in one run with a bare COPY of the same rows as
 * CSV; and what time and memory large files take, each of one row group. Writes bench/results/parquet.json.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { renderTable } from '../src/cli/table.ts';
import { monthsBetween } from '../src/datasets/month.ts';
import { bareCopy } from './bare-copy.ts';
import { loadThroughTemporal, type MeasuredLoad } from './fareflow.ts';
import { describeMachine } from './machine.ts';
import { median } from './median.ts';
import { parquetTemplate, prepareFhvhv, prepareYellow } from './parquet-files.ts';
import { withBenchStack } from './stack.ts';

const { values: flags } = parseArgs({
  options: {
    rows: { type: 'string', default: '1900000' },
    repeat: { type: 'string', default: '3' },
    large: { type: 'string', default: '10000000' },
  },
});
const rows = Number(flags.rows);
const large = Number(flags.large);
const months = monthsBetween('2021-01', '2021-12').slice(0, Number(flags.repeat));
/** From a quarter to the whole: where time is linear, each row costs as much. */
const largeFiles = [
  { month: '2021-01', rows: Math.round(large / 4) },
  { month: '2021-02', rows: Math.round(large / 2) },
  { month: '2021-03', rows: large },
];

const files = await prepareYellow(months, rows);
for (const file of largeFiles) await prepareFhvhv(file.month, file.rows);
const sources = { FAREFLOW_PARQUET_URL: parquetTemplate };
const yellow = await withBenchStack(sources, async (stack) => {
  const copies: number[] = [];
  const loads: MeasuredLoad[] = [];
  // In turns, since a fresh cluster gets faster as its WAL files come to be used again.
  for (const { month, csv } of files) {
    copies.push(await bareCopy(stack.databaseUrl, csv));
    loads.push(await loadThroughTemporal(stack, 'yellow', month, { source: 'parquet' }));
  }
  return { copies, loads, workerPeakMb: await stack.workerPeakMb() };
});
const fhvhv = await withBenchStack(sources, async (stack) => {
  const loads: (MeasuredLoad & { workerPeakMb: number | null })[] = [];
  for (const { month } of largeFiles) {
    const load = await loadThroughTemporal(stack, 'fhvhv', month, { source: 'parquet' });
    loads.push({ ...load, workerPeakMb: await stack.workerPeakMb() });
  }
  return loads;
});

const copyMs = median(yellow.copies);
const loadMs = median(yellow.loads.map(({ wholeMs }) => wholeMs));
const seconds = (ms: number) => (ms / 1000).toFixed(2);
const perMillion = ({ wholeMs, rows: loaded }: MeasuredLoad) => seconds((wholeMs / loaded) * 1e6);
console.log(
  renderTable(
    [{ title: `yellow, ${rows} rows a month`, align: 'left' }, { title: 'seconds' }, { title: 'bare COPYs' }],
    [
      ['bare COPY of the CSV, unindexed (median)', seconds(copyMs), '1.00'],
      ...yellow.loads.map(({ month, wholeMs }) => [
        `fareflow from Parquet, ${month}`,
        seconds(wholeMs),
        (wholeMs / copyMs).toFixed(2),
      ]),
    ],
  ),
);
console.log(
  renderTable(
    [
      { title: 'fhvhv, one row group', align: 'left' },
      { title: 'seconds' },
      { title: 'of them copy' },
      { title: 'a million rows' },
      { title: 'peak MB so far' },
    ],
    fhvhv.map((load) => [
      `${load.rows} rows`,
      seconds(load.wholeMs),
      seconds(load.phases.copy),
      perMillion(load),
      String(load.workerPeakMb ?? ''),
    ]),
  ),
);
const [least, greatest] = [fhvhv[0], fhvhv.at(-1)] as [MeasuredLoad, MeasuredLoad];
const copyPerRow = ({ phases, rows: loaded }: MeasuredLoad) => phases.copy / loaded;
const summary = {
  timesBareCopy: Number((loadMs / copyMs).toFixed(2)),
  workerPeakMb: yellow.workerPeakMb,
  largeWorkerPeakMb: fhvhv.at(-1)?.workerPeakMb ?? null,
  /** What a row of the largest file takes to be copied, in those of a file of a quarter of its size. */
  largestToQuarter: Number((copyPerRow(greatest) / copyPerRow(least)).toFixed(2)),
};
console.log(`\n${JSON.stringify(summary, null, 2)}`);
await mkdir(new URL('results/', import.meta.url), { recursive: true });
await writeFile(
  new URL('results/parquet.json', import.meta.url),
  `${JSON.stringify({ machine: describeMachine(), rows, summary, yellow, fhvhv }, null, 2)}\n`,
);
