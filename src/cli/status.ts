import type { Command } from 'commander';
import type { Period } from '../datasets/index.ts';
import { isPeriod, kindOfName } from '../datasets/period.ts';
import { colors } from './colors.ts';
import { connectTemporal, findTemporal, openWarehouse } from '../operations/connect.ts';
import { type GridMonth, readGrid } from '../operations/month-grid.ts';
import { findBuiltIn, getConfig, print, printJson, unknownDataset } from './context.ts';
import { count } from './format.ts';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const MARKS: Record<GridMonth['status'], string> = {
  loaded: colors.green('✔'),
  running: colors.cyan('▸'),
  failed: colors.red('✖'),
};
const MISSING = colors.dim('·');

export function addStatus(program: Command): void {
  program
    .command('status')
    .description('which months are in, on their way, or failed, by data set')
    .argument('[dataset]')
    .option('--json', 'print one JSON document')
    .action(async (dataset: string | undefined, { json = false }: { json?: boolean }) => {
      const builtIn = dataset === undefined ? undefined : await findBuiltIn(dataset);
      const config = getConfig();
      const temporal = await connectTemporal(await findTemporal(config));
      try {
        const pool = await openWarehouse(config);
        try {
          const grid = await readGrid(pool, temporal.client, dataset);
          if (dataset !== undefined && builtIn === undefined && grid.length === 0)
            throw unknownDataset(dataset);
          if (json) printJson(grid);
          else print(renderGrid(grid));
        } finally {
          await pool.end();
        }
      } finally {
        await temporal.close();
      }
    });
}

function renderGrid(grid: readonly GridMonth[]): string {
  if (grid.length === 0) return 'no month is loaded yet; try `fareflow load green 2021-03`';
  const blocks = [...new Set(grid.map(({ dataset }) => dataset))].map((dataset) =>
    renderDataset(
      dataset,
      grid.filter((month) => month.dataset === dataset),
    ),
  );
  const legend = `${MARKS.loaded} loaded  ${MARKS.running} running  ${MARKS.failed} failed  ${MISSING} missing`;
  return [...blocks, legend].join('\n\n');
}

function renderDataset(dataset: string, months: readonly GridMonth[]): string {
  const rows = months.reduce((sum, month) => sum + (month.rows ?? 0), 0);
  const running = months.filter(({ status }) => status === 'running');
  const kind = kindOfName(months[0]?.month ?? '') ?? 'month';
  const loaded = months.filter(({ rows }) => rows !== null).length;
  return [
    `${colors.bold(dataset)}  ${count(rows)} rows${kind === 'whole' ? '' : ` in ${loaded} ${kind}s`}`,
    ...renderPeriods(kind, months),
    ...running.map(({ month, phase }) => `  ${month} is ${phase ?? 'starting'}`),
  ].join('\n');
}

/** A row a year with a column a month or week, or a row a month with a column a day; 80 columns are enough. */
function renderPeriods(kind: Period, months: readonly GridMonth[]): string[] {
  const byName = new Map(months.map((month) => [month.month, month]));
  const markOf = (name: string) => {
    const month = byName.get(name);
    return month === undefined ? MISSING : MARKS[month.status];
  };
  const starts = (length: number) => [...new Set(months.map(({ month }) => month.slice(0, length)))].sort();
  const numbers = (most: number) => Array.from({ length: most }, (_, i) => String(i + 1).padStart(2, '0'));
  switch (kind) {
    case 'month':
      return [
        `      ${MONTHS.join('  ')}`,
        ...starts(4).map((year) =>
          `${year}  ${numbers(12)
            .map((month) => ` ${markOf(`${year}-${month}`)} `)
            .join('  ')}`.trimEnd(),
        ),
      ];
    case 'week':
      return starts(4).map((year) => {
        const weeks = numbers(53).map((week) => `${year}-W${week}`);
        return `${year}  ${weeks
          .filter((week) => isPeriod({ period: kind }, week))
          .map(markOf)
          .join('')}`;
      });
    case 'day':
      return starts(7).map((month) => {
        const days = numbers(31).map((day) => `${month}-${day}`);
        return `${month}  ${days
          .filter((day) => isPeriod({ period: kind }, day))
          .map(markOf)
          .join('')}`;
      });
    case 'whole':
      return months.map(({ month }) => `${month}  ${markOf(month)}`);
  }
}
