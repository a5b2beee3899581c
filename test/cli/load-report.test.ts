import { expect, it } from 'vitest';
import { renderFailures, renderResult } from '../../src/cli/load-report.ts';
import { noRows, type LoadReport } from '../../src/contract.ts';
import type { LoadResult } from '../../src/operations/load-result.ts';

const report = (month: string, fields: Partial<LoadReport>): { month: string; report: LoadReport } => ({
  month,
  report: {
    dataset: 'yellow',
    month,
    status: 'loaded',
    source: 'csv',
    loadId: 1,
    sourceUrl: 'https://mirror.example/x',
    filename: 'x',
    etag: null,
    sha256: null,
    bytes: 1,
    ...noRows(),
    durationMs: 123_456,
    checks: [],
    ignoredColumns: [],
    phases: { download: 30_000, copy: 40_000, hash: 12_300, merge: 400 },
    ...fields,
  },
});

const result = (months: LoadResult['months']): LoadResult => ({
  months,
  summary: undefined,
  error: undefined,
});

const year = result(
  Array.from({ length: 12 }, (_, i) => {
    const rows = 14_000_000 + i;
    return report(`2014-${String(i + 1).padStart(2, '0')}`, {
      rowsInFile: rows,
      inserted: rows,
      duplicates: i,
      outsideMonth: i * 10,
    });
  }),
);

it('a year of the largest months fits 80 columns', () => {
  const lines = renderResult('yellow', year, 80).split('\n');
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
  expect(lines).toContainEqual(expect.stringMatching(/^together +168,000,066 +168,000,066 +0 +0 +66 +660$/));
});

it('shows how long each step took, beside the rows where there is room and below them elsewhere', () => {
  expect(renderResult('yellow', year, 120)).toMatch(/download +copy +hash +merge +seconds\n/);
  expect(renderResult('yellow', year, 120)).toMatch(/ 110 +30\.0 +40\.0 +12\.3 +0\.4 +123\.5\n/);
  expect(renderResult('yellow', year, 80)).toMatch(/\nseconds +download +copy +hash +merge +whole\n/);
  expect(renderResult('yellow', year, 80)).toMatch(/\n2014-12 +30\.0 +40\.0 +12\.3 +0\.4 +123\.5$/);
});

it('sums up the rows of those months that have any, and tells the failed ones apart', () => {
  const mixed = result([
    report('2021-01', { rowsInFile: 10, inserted: 10 }),
    report('2021-02', { status: 'skipped', rowsInFile: 5, unchanged: 5 }),
    report('2021-03', { status: 'not_published' }),
    { month: '2021-04', error: 'SourceGone: yellow 2021-04: there is no file' },
    { month: '2021-05', error: 'cancelled' },
    { month: '2021-06', error: 'not started' },
  ]);
  const lines = renderResult('yellow', mixed, 80)
    .split('\n')
    .map((line) => line.split(/ {2,}/).slice(0, 3).join('|'));
  expect(lines).toEqual([
    'yellow',
    'month|status|from',
    '2021-01|loaded|csv',
    '2021-02|skipped|csv',
    '2021-03|not yet|csv',
    '2021-04|failed',
    '2021-05|cancelled',
    '2021-06|–',
    'together|15|10',
    '',
    'seconds|download|copy',
    '2021-01|30.0|40.0',
    '2021-02|30.0|40.0',
    '2021-03|30.0|40.0',
    'yellow 2021-03 is not published yet at https://mirror.example/x',
  ]);
  expect(renderFailures('yellow', mixed)).toEqual([
    '✖ yellow 2021-04: SourceGone: there is no file',
    '✖ yellow 2021-05: cancelled',
    '✖ yellow, not started: 2021-06',
  ]);
});

it('shows rows that were bad or removed, and what the checks found, where there is any', () => {
  const found = result([
    report('2021-01', {
      source: 'parquet',
      rowsInFile: 10,
      inserted: 7,
      rejected: 3,
      removed: 4,
      ignoredColumns: ['cbd_fee'],
      checks: [
        { name: 'rows without vendor', share: 0.21, atMost: 0.1, outcome: 'warned' },
        { name: 'rows outside the month', share: 0, atMost: 0.1, outcome: 'passed' },
      ],
    }),
  ]);
  const lines = renderResult('yellow', found, 80).split('\n');
  expect(lines[1]).toMatch(/^month +status +from +rows +new +changed +same +dupl\. +bad +removed +outside$/);
  expect(lines[2]).toMatch(/^2021-01 +loaded +parquet +10 +7 +0 +0 +0 +3 +4 +0$/);
  expect(lines.slice(-2)).toEqual([
    'yellow 2021-01: rows without vendor: 21 % of the rows, at most 10 %',
    'yellow 2021-01: left out, since no layout knows them: cbd_fee',
  ]);
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
});
