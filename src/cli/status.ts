import type { Command } from 'commander';
import { colors } from './colors.ts';
import { connectTemporal, findTemporal, openWarehouse } from '../operations/connect.ts';
import { type GridMonth, readGrid } from '../operations/month-grid.ts';
import { checkDataset, getConfig, print, printJson } from './context.ts';
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
      if (dataset !== undefined) checkDataset(dataset);
      const config = getConfig();
      const temporal = await connectTemporal(await findTemporal(config));
      try {
        const pool = await openWarehouse(config);
        try {
          const grid = await readGrid(pool, temporal.client, dataset);
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

/** A row a year, a column a month; 80 columns are enough. */
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
  const byMonth = new Map(months.map((month) => [month.month, month]));
  const years = [...new Set(months.map(({ month }) => month.slice(0, 4)))].sort();
  const rows = months.reduce((sum, month) => sum + (month.rows ?? 0), 0);
  const running = months.filter(({ status }) => status === 'running');
  return [
    `${colors.bold(dataset)}  ${count(rows)} rows in ${months.filter(({ rows }) => rows !== null).length} months`,
    `      ${MONTHS.join('  ')}`,
    ...years.map((year) => {
      const marks = MONTHS.map((_, i) => {
        const month = byMonth.get(`${year}-${String(i + 1).padStart(2, '0')}`);
        return ` ${month === undefined ? MISSING : MARKS[month.status]} `;
      });
      return `${year}  ${marks.join('  ')}`.trimEnd();
    }),
    ...running.map(({ month, phase }) => `  ${month} is ${phase ?? 'starting'}`),
  ].join('\n');
}
