import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { migrate } from '../../src/database/migrate.ts';
import { withTransaction } from '../../src/database/pool.ts';
import { ensureTarget, extendTarget } from '../../src/database/target.ts';
import { green } from '../../src/datasets/green.ts';
import type { Dataset } from '../../src/datasets/index.ts';
import { useDatabase } from '../support/database.ts';
import { loadFile } from '../support/loading.ts';
import { connect, emptyGreen } from '../support/tables.ts';
import { greenCsv, greenTrip } from '../support/trip-csv.ts';

const database = useDatabase();

/** Green tables as they were before these columns were declared, with a month in them. */
async function forget(...columns: string[]): Promise<void> {
  await database.query('drop view if exists public.green_tripdata_lineage cascade');
  for (const column of columns)
    await database.query(`alter table public.green_tripdata drop column ${column}`);
  await database.query(
    `create view public.green_tripdata_lineage as
     select t.*, l.filename, l.source_url, l.finished_at as loaded_at
     from public.green_tripdata t left join fareflow.loads l on l.load_id = t.load_id`,
  );
}

async function columnsOf(relation: string): Promise<string[]> {
  const rows = await database.query<{ name: string }>(
    `select attname as name from pg_attribute
     where attrelid = $1::regclass and attnum > 0 and not attisdropped order by attnum`,
    [relation],
  );
  return rows.map(({ name }) => name);
}

const load = (month: string) =>
  loadFile(database, { dataset: 'green', month, csv: greenCsv([greenTrip(`${month}-05 10:00:00`)]) });

afterEach(() => emptyGreen(database));

describe('a column that the data set declares and the table lacks', () => {
  it('is added at the end, and announced; then there is nothing more to add', async () => {
    await load('2021-03');
    await forget('cbd_congestion_fee', 'ehail_fee');
    expect(await migrate(database.pool)).toEqual([
      'column ehail_fee (double precision) of green_tripdata',
      'column cbd_congestion_fee (double precision) of green_tripdata',
    ]);
    for (const table of ['green_tripdata', 'green_tripdata_default', 'green_tripdata_2021_03']) {
      expect((await columnsOf(table)).slice(-2)).toEqual(['ehail_fee', 'cbd_congestion_fee']);
    }
    expect(await migrate(database.pool)).toEqual([]);
  });

  it('is NULL in the rows that are there, and shown by the lineage view with what rests on it', async () => {
    await load('2021-03');
    await forget('ehail_fee');
    await database.query('create view public.mine as select total_amount from public.green_tripdata_lineage');
    await migrate(database.pool);
    expect(await database.query('select ehail_fee, filename from public.green_tripdata_lineage')).toEqual([
      { ehail_fee: null, filename: 'green_tripdata_2021-03.csv.gz' },
    ]);
    expect(await database.query('select * from public.mine')).toEqual([{ total_amount: 9.3 }]);
    await database.query('drop view public.mine');
  });

  it('does not keep months from being attached, merged and put back, whatever the order of columns', async () => {
    await load('2021-03');
    await forget('vendorid', 'passenger_count');
    await migrate(database.pool);
    expect(await load('2021-04')).toMatchObject({ inserted: 1 });
    expect(await load('2021-04')).toMatchObject({ status: 'skipped' });
    const [before, april] = ['2021-03-06 10:00:00', '2021-04-05 10:00:00'].map((pickup) => greenTrip(pickup));
    const csv = greenCsv([before, april].flatMap((trip) => (trip === undefined ? [] : [trip])));
    expect(await loadFile(database, { dataset: 'green', month: '2021-04', csv })).toMatchObject({
      inserted: 1,
      unchanged: 1,
      outsideMonth: 1,
    });
    expect(
      await database.query(
        'select vendorid, passenger_count from green_tripdata order by lpep_pickup_datetime',
      ),
    ).toEqual([
      { vendorid: null, passenger_count: null },
      { vendorid: 2, passenger_count: 1 },
      { vendorid: 2, passenger_count: 1 },
    ]);
  });

  it('is added once when several workers start at the same moment', async () => {
    await forget('trip_type');
    const applied = await Promise.all(Array.from({ length: 4 }, () => migrate(database.pool)));
    expect(applied.flat()).toEqual(['column trip_type (integer) of green_tripdata']);
  });

  it('waits for its readers in turns, and not before all who come later', async () => {
    await forget('trip_type');
    const reader = await connect(database.url);
    await reader.query('begin');
    await reader.query('select from public.green_tripdata');
    const extending = withTransaction(database.pool, { name: 'test' }, (client) =>
      extendTarget(client, green),
    );
    await expect(extending).rejects.toMatchObject({ code: '55P03' });
    await reader.query('rollback');
    await reader.end();
    expect(await migrate(database.pool)).toHaveLength(1);
  });
});

describe('a data set of its own', () => {
  const own: Dataset = {
    ...green,
    name: 'own',
    table: `own_${randomUUID().slice(0, 8)}`,
    columns: [
      { name: 'at', type: 'timestamp' },
      { name: 'copy', type: 'text' },
    ],
    pickupColumn: 'at',
    naturalKey: ['at', 'copy'],
    formerKey: [],
  };
  const ensure = (dataset: Dataset) =>
    withTransaction(database.pool, { name: 'test' }, (client) => ensureTarget(client, dataset));

  it('gets its tables when they are asked for, once, and new columns later', async () => {
    expect(await Promise.all([ensure(own), ensure(own), ensure(own)])).toEqual([[], [], []]);
    const later: Dataset = { ...own, columns: [...own.columns, { name: 'Tür "9"', type: 'bigint' }] };
    expect(await ensure(later)).toEqual([{ name: 'Tür "9"', type: 'bigint' }]);
    expect(await ensure(later)).toEqual([]);
    expect(await database.query(`select at, "Tür ""9""", filename from public.${own.table}_lineage`)).toEqual(
      [],
    );
  });
});
