import { gzipSync } from 'node:zlib';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { createPool } from '../../src/database/pool.ts';
import { generateTrips } from '../../src/mirror/index.ts';
import { wholePath } from '../../src/source/cache.ts';
import { useDatabase } from '../support/database.ts';
import { useGates } from '../support/gates.ts';
import { finish, type Loading, startLoading } from '../support/loading.ts';
import { backendsOf, killBackends, stagingTables, stepIsOver } from '../support/tables.ts';
import { greenCsv, greenTrip } from '../support/trip-csv.ts';

const database = useDatabase();
const gates = useGates(database);
const loadings: Loading[] = [];

afterEach(async () => {
  for (const loading of loadings.splice(0)) await finish(loading);
  expect(await stagingTables(database)).toEqual([]);
});

const small = greenCsv([greenTrip('2021-03-01 10:00:00'), greenTrip('2021-03-02 10:00:00')]);

async function start(csv: string | Buffer, pool = database.pool): Promise<Loading> {
  const loading = await startLoading({ pool }, { dataset: 'green', month: '2021-03', csv });
  loadings.push(loading);
  return loading;
}

const copyIsOver = () => stepIsOver(database, 'copy green 2021-03');

describe('a copy that is cancelled', () => {
  it('ends in PostgreSQL too and takes its table with it', async () => {
    const gate = await gates.close('row');
    const loading = await start(small);
    const environment = loading.environment();
    const copy = loading.copy(environment);
    await gate.reached();
    expect(await backendsOf(database, 'copy green 2021-03')).not.toEqual([]);
    environment.cancel();
    await expect(copy).rejects.toMatchObject({ name: 'CancelledFailure' });
    expect(await stagingTables(database)).toEqual([]);
    await copyIsOver();
  });

  it('ends while the file streams', async () => {
    const csv = Buffer.concat([...generateTrips({ dataset: 'green', month: '2021-03', rows: 60_000 })]);
    const loading = await start(csv);
    const environment = loading.environment();
    environment.once('heartbeat', () => environment.cancel());
    await expect(loading.copy(environment)).rejects.toMatchObject({ name: 'CancelledFailure' });
    expect(await stagingTables(database)).toEqual([]);
    await copyIsOver();
  });

  it('ends although every connection is taken', async () => {
    const pool = createPool(
      { connectionString: database.url, max: 2, connectionTimeoutMillis: 500 },
      () => undefined,
    );
    const gate = await gates.close('row');
    const loading = await start(small, pool);
    const environment = loading.environment();
    const copy = loading.copy(environment);
    await gate.reached();
    const other = await pool.connect();
    environment.cancel();
    setTimeout(() => other.release(), 700);
    await expect(copy).rejects.toMatchObject({ name: 'CancelledFailure' });
    await finish(loadings.pop() as Loading);
    await pool.end();
  });

  it('does not begin if it was cancelled before', async () => {
    const loading = await start(small);
    const environment = loading.environment();
    environment.cancel();
    await expect(loading.copy(environment)).rejects.toMatchObject({ name: 'CancelledFailure' });
  });
});

describe('a copy whose connection is lost', () => {
  it('fails so that it is tried again, and leaves no table', async () => {
    const gate = await gates.close('row');
    const loading = await start(small);
    const copy = loading.copy();
    const failed = expect(copy).rejects.toMatchObject({
      nonRetryable: false,
      message: expect.stringMatching(/^green 2021-03: /) as string,
    });
    await gate.reached();
    await killBackends(database, 'copy green 2021-03');
    await failed;
    expect(await stagingTables(database)).toEqual([]);
    await gate.open();
    expect(await loading.copy()).toMatchObject({ rowsCopied: 2 });
  });

  it('fails so that it is tried again while the file streams', async () => {
    const csv = Buffer.concat([...generateTrips({ dataset: 'green', month: '2021-03', rows: 60_000 })]);
    const loading = await start(csv);
    const environment = loading.environment();
    environment.on('heartbeat', (progress?: { rows?: number }) => {
      // On a slow machine a sign of life may come before the first progress.
      if (progress?.rows !== undefined) void killBackends(database, 'copy green 2021-03');
    });
    await expect(loading.copy(environment)).rejects.toMatchObject({ nonRetryable: false });
    expect(await stagingTables(database)).toEqual([]);
    expect(await loading.copy()).toMatchObject({ rowsCopied: 60_000 });
  });
});

describe('a lost attempt that comes back', () => {
  it('has lost its table to the clean-up, and can only fail', async () => {
    const gate = await gates.close('row');
    const loading = await start(small);
    const copy = loading.copy();
    const failed = expect(copy).rejects.toThrow(/^green 2021-03: /);
    await gate.reached();
    await loading.drop();
    await failed;
    expect(await stagingTables(database)).toEqual([]);
  });
});

describe('a file that this host has lost', () => {
  it('is fetched again', async () => {
    const loading = await start(small);
    const path = wholePath(loading.cache, loading.file.sha256);
    await writeFile(new URL(loading.file.sourceUrl), await readFile(path));
    await rm(path);
    expect(await loading.copy()).toMatchObject({ rowsCopied: 2 });
  });

  it('is not taken if the source has another one by now', async () => {
    const loading = await start(small);
    await rm(wholePath(loading.cache, loading.file.sha256));
    await writeFile(new URL(loading.file.sourceUrl), gzipSync(greenCsv([])));
    await expect(loading.copy()).rejects.toMatchObject({ type: 'SourceChanged', nonRetryable: true });
  });
});
