import { afterAll, beforeEach, expect, it } from 'vitest';
import type { LoadReport } from '../../src/contract.ts';
import { type Check, type Dataset, getDataset } from '../../src/datasets/index.ts';
import { useDatabase } from '../support/database.ts';
import { finish, loadFile, stageFile } from '../support/loading.ts';
import { emptyGreen, greenRows } from '../support/tables.ts';
import { greenCsv, greenTrip } from '../support/trip-csv.ts';

const database = useDatabase();
const green = getDataset('green') as Dataset & { checks?: Check[] };
const declared = green.checks;
beforeEach(() => emptyGreen(database));
afterAll(() => Object.assign(green, { checks: declared }));

const vendors = (atMost: number, onViolation: Check['onViolation']): Check => ({
  name: 'rows without vendor',
  counts: { nullIn: 'vendorid' },
  atMost,
  onViolation,
});
const outside = (atMost: number, onViolation: Check['onViolation']): Check => ({
  name: 'rows outside the month',
  counts: 'outsideMonth',
  atMost,
  onViolation,
});
/** Of five rows one lies outside the month, and of these two have no vendor. */
const csv = greenCsv([
  greenTrip('2021-03-01 10:00:00'),
  greenTrip('2021-03-02 10:00:00'),
  greenTrip('2021-03-03 10:00:00'),
  greenTrip('2021-03-04 10:00:00', { VendorID: null }),
  greenTrip('2021-01-04 10:00:00', { VendorID: null }),
]);
function load(...checks: Check[]): Promise<LoadReport> {
  Object.assign(green, { checks });
  return loadFile(database, { dataset: 'green', month: '2021-03', csv });
}
const addUp = { name: 'counts add up', share: 0, atMost: 0, outcome: 'passed' };

it('a load reports the share of rows that each check counts, and whether it passes', async () => {
  const report = await load(vendors(0.5, 'abort'), outside(0.1, 'warn'));
  expect(report).toMatchObject({ status: 'loaded', inserted: 5 });
  expect(report.checks).toEqual([
    addUp,
    { name: 'rows without vendor', share: 0.4, atMost: 0.5, outcome: 'passed' },
    { name: 'rows outside the month', share: 0.2, atMost: 0.1, outcome: 'warned' },
  ]);
  const [entry] = await database.query('select checks from fareflow.loads');
  expect(entry).toEqual({ checks: report.checks });
});

it('a check may count the rows that are NULL in each of several columns', async () => {
  const counts = { nullIn: ['vendorid', 'ehail_fee'] };
  const check = { name: 'rows without either', counts, atMost: 0.5, onViolation: 'warn' } as const;
  const [, ...found] = (await load(outside(1, 'warn'), check, vendors(1, 'warn'))).checks;
  expect(found.map(({ share }) => share)).toEqual([0.2, 0.4, 0.4]);
});

it('a share that is just at the threshold passes', async () => {
  const report = await load(vendors(0.4, 'abort'), outside(0.2, 'abort'));
  expect(report.checks.map(({ outcome }) => outcome)).toEqual(['passed', 'passed', 'passed']);
});

it('a violated check that says so merges nothing, and names share and threshold', async () => {
  await load();
  const before = await greenRows(database);
  Object.assign(green, { checks: [vendors(0.3, 'abort')] });
  const other = { dataset: 'green', month: '2021-03', csv, mode: 'force' } as const;
  await expect(loadFile(database, other)).rejects.toMatchObject({
    type: 'CheckFailed',
    nonRetryable: true,
    message: expect.stringMatching(
      /^green 2021-03: green_tripdata_2021-03.csv.gz fails the check "rows without vendor": 2 of 5 rows \(40 %\), at most 30 % pass; the table is untouched/,
    ) as string,
  });
  expect(await greenRows(database)).toEqual(before);
  expect(await database.query('select count(*) from fareflow.loads')).toEqual([{ count: 1 }]);
});

it('a file without rows passes every check', async () => {
  Object.assign(green, { checks: [vendors(0, 'abort'), outside(0, 'abort')] });
  const report = await loadFile(database, { dataset: 'green', month: '2021-03', csv: greenCsv([]) });
  expect(report.checks.map(({ outcome }) => outcome)).toEqual(['passed', 'passed', 'passed']);
});

it('rows that went missing between the copy and the merge stop the load', async () => {
  Object.assign(green, { checks: [] });
  const loading = await stageFile(database, { dataset: 'green', month: '2021-03', csv });
  await database.query(
    `delete from fareflow_staging.green_2021_03_l${loading.copied?.loadId} where vendorid is null`,
  );
  await expect(loading.merge()).rejects.toMatchObject({
    type: 'CheckFailed',
    message: expect.stringMatching(/"counts add up": 1 of 5 rows/) as string,
  });
  await finish(loading);
});

it('rows that were set aside because of their pickup count as rows without one', async () => {
  Object.assign(green, {
    checks: [
      {
        name: 'rows without pickup',
        counts: { nullIn: green.pickupColumn },
        atMost: 0.2,
        onViolation: 'warn',
      },
    ],
  });
  const loading = await stageFile(database, { dataset: 'green', month: '2021-03', csv });
  await database.query(
    `create table fareflow_staging.green_2021_03_l${loading.copied?.loadId}_rejected as
     select line, column_name, 'NULL' as reason, '' as raw
     from (values (7::bigint, $1), (8, $1), (9, 'fare_amount')) as t(line, column_name)`.replaceAll(
      '$1',
      `'${green.pickupColumn}'`,
    ),
  );
  if (loading.copied !== undefined) loading.copied.rejected = 3;
  const { checks, rowsInFile } = await loading.merge();
  expect(rowsInFile).toBe(8);
  expect(checks[1]).toEqual({ name: 'rows without pickup', share: 0.25, atMost: 0.2, outcome: 'warned' });
  await finish(loading);
});
