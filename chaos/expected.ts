import type { DuckDBConnection } from '@duckdb/node-api';
import type { Dataset } from '../src/datasets/index.ts';
import type { Facts } from './entries.ts';
import { count, quote } from './read-version.ts';

/** What the ledger must say of a load, by the tables `raw` and `file` and by what became of the file's rows. */
export async function expectedOf(
  duck: DuckDBConnection,
  dataset: Dataset,
  { inserted, updated, kept, removed }: { inserted: number; updated: number; kept: number; removed: number },
): Promise<Facts> {
  const rowsInFile = await count(duck, 'select count(*) from raw');
  const bad = await duck.runAndReadAll('select line, bad from raw where bad is not null order by line');
  const rejectedRows = bad
    .getRows()
    .map(([line, column]) => ({ line: Number(line), column: String(column) }));
  const rejected = rejectedRows.length;
  const outsideMonth = await count(duck, 'select count(*) from file where outside');
  return {
    rowsInFile,
    inserted,
    updated,
    unchanged: kept - inserted - updated,
    duplicates: rowsInFile - rejected - kept,
    rejected,
    removed,
    outsideMonth,
    outsideMonths: await outsideMonths(duck, dataset),
    checks: await checksOf(duck, dataset, rowsInFile, outsideMonth, rejectedRows),
    rejectedRows,
  };
}

async function outsideMonths(duck: DuckDBConnection, { pickupColumn }: Dataset): Promise<string[]> {
  if (pickupColumn === undefined) return [];
  const rows = await duck.runAndReadAll('select distinct period from file where outside order by 1');
  return rows.getRows().map(([month]) => String(month));
}

async function checksOf(
  duck: DuckDBConnection,
  { checks = [], pickupColumn }: Dataset,
  rowsInFile: number,
  outsideMonth: number,
  rejected: Facts['rejectedRows'],
): Promise<Facts['checks']> {
  const results: Facts['checks'] = [{ name: 'counts add up', share: 0, atMost: 0, outcome: 'passed' }];
  for (const { name, counts, atMost } of checks) {
    let rows = outsideMonth;
    if (counts !== 'outsideMonth') {
      const columns = [counts.nullIn].flat();
      const isNull = columns.map((column) => `${quote(column)} is null`).join(' and ');
      rows =
        columns.length === 1 && columns[0] === pickupColumn
          ? rejected.filter(({ column }) => column === pickupColumn).length
          : await count(duck, `select count(*) from file where ${isNull}`);
    }
    const share = rows / rowsInFile;
    results.push({ name, share, atMost, outcome: share <= atMost ? 'passed' : 'warned' });
  }
  return results;
}
