import { access, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { wholePath } from '../../src/source/cache.ts';
import { useDatabase } from '../support/database.ts';
import { useGates } from '../support/gates.ts';
import { stageFile, startLoading } from '../support/loading.ts';
import { connect, stagingTables, until } from '../support/tables.ts';
import { greenCsv, greenTrip } from '../support/trip-csv.ts';

const database = useDatabase();
const gates = useGates(database);

const csv = greenCsv([greenTrip('2021-03-01 10:00:00'), greenTrip('2021-02-01 10:00:00')]);
const file = { dataset: 'green', month: '2021-03', csv };

it('drops the tables of every attempt of its run, hashed, merged or neither', async () => {
  const loading = await stageFile(database, file);
  await loading.copy();
  await loading.copy();
  await loading.hash();
  await loading.merge();
  expect(await stagingTables(database)).not.toEqual([]);
  await loading.drop();
  expect(await stagingTables(database)).toEqual([]);
  await loading.close();
});

it('says what the ledger has of its run: nothing, or the load that was committed', async () => {
  const loading = await stageFile(database, file);
  expect(await loading.drop()).toEqual({ loaded: null });
  await loading.close();
  const other = await stageFile(database, {
    ...file,
    month: '2021-05',
    csv: greenCsv([greenTrip('2021-05-01 10:00:00')]),
  });
  const report = await other.merge();
  expect(await other.drop()).toEqual({ loaded: report });
  await other.close();
});

it('leaves the tables of other runs alone, of the same workflow too', async () => {
  const mine = await stageFile(database, file);
  const others = await stageFile(database, file);
  await mine.drop();
  expect(await stagingTables(database)).toEqual([
    `green_2021_03_l${others.copied?.loadId}`,
    `green_2021_03_l${others.copied?.loadId}_outside`,
  ]);
  await others.drop();
  await Promise.all([mine.close(), others.close()]);
});

it('removes the file and what was half written of it, and nothing of other runs', async () => {
  const loading = await startLoading(database, file);
  const { directory } = loading.cache;
  const others = ['other-run.x.part', 'other.file', 'queue-id'];
  for (const name of [`${loading.run.runId}.1.part`, `${loading.run.runId}.2.part`, ...others]) {
    await writeFile(join(directory, name), '');
  }
  await access(wholePath(loading.cache, loading.file.sha256));
  await loading.drop();
  expect((await readdir(directory)).sort()).toEqual(others.sort());
  await loading.close();
});

it('runs any number of times, also where there is nothing to drop', async () => {
  const loading = await stageFile(database, file);
  await loading.drop();
  await loading.drop();
  await loading.close();
  await loading.drop();
});

it('does not mind tables that something else has put into the schema', async () => {
  await database.query('create table fareflow_staging."somebody""s" (n integer)');
  await database.query(`comment on table fareflow_staging."somebody""s" is 'do not touch'`);
  await database.query('create table fareflow_staging.plain (n integer)');
  await database.query(`comment on table fareflow_staging.plain is '5'`);
  const loading = await stageFile(database, file);
  await loading.drop();
  expect(await stagingTables(database)).toEqual(['plain', 'somebody"s']);
  await database.query('drop table fareflow_staging."somebody""s", fareflow_staging.plain');
  await loading.close();
});

it('ends a lost attempt that still copies', async () => {
  const gate = await gates.close('row');
  const loading = await startLoading(database, file);
  const copy = expect(loading.copy()).rejects.toThrow(/^green 2021-03: /);
  await gate.reached();
  await loading.drop();
  await copy;
  expect(await stagingTables(database)).toEqual([]);
  await loading.close();
});

it('lets everybody finish who drops the same tables at the same moment', async () => {
  for (let round = 0; round < 5; round++) {
    const loading = await stageFile(database, file);
    await Promise.all(Array.from({ length: 6 }, () => loading.drop()));
    expect(await stagingTables(database)).toEqual([]);
    await loading.close();
  }
});

it('does not end the session of anybody else who looks at the table, and waits for it', async () => {
  const loading = await stageFile(database, file);
  const url = new URL(database.url);
  url.username = `onlooker_${process.pid}`;
  await database.administer(`create role ${url.username} login superuser password '${url.password}'`);
  const onlooker = await connect(url.href);
  await onlooker.query('begin');
  await onlooker.query(`select from fareflow_staging.green_2021_03_l${loading.copied?.loadId}`);
  const dropped = loading.drop();
  await until(
    database,
    "select exists (select from pg_stat_activity where wait_event_type = 'Lock' and query like 'drop table%')",
  );
  await onlooker.query('commit');
  await dropped;
  await onlooker.end();
  await database.administer(`drop role ${url.username}`);
  await loading.close();
});
