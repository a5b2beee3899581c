import { afterEach, describe, expect, it } from 'vitest';
import { createPool, type Pool, withClient, withTransaction } from '../../src/database/pool.ts';
import { useDatabase } from '../support/database.ts';
import { startPooler } from '../support/pooler.ts';
import { killBackends, stepIsOver, until } from '../support/tables.ts';

const database = useDatabase();
const pools: Pool[] = [];
afterEach(() => Promise.all(pools.splice(0).map((pool) => pool.end())));

function newPool(settings: object = {}): Pool {
  const pool = createPool({ connectionString: database.url, ...settings }, () => undefined);
  pools.push(pool);
  return pool;
}

const asleep = (step: string) =>
  until(
    database,
    `select exists (select from pg_stat_activity
       where datname = current_database() and application_name = 'fareflow ' || $1 and wait_event = 'PgSleep')`,
    [step],
  );

describe('a session', () => {
  it('has no time limits of the database’s, and ends soon after its client has died', async () => {
    const [{ name } = { name: '' }] = await database.query<{ name: string }>(
      'select current_database() as name',
    );
    await database.administer(`alter database ${name} set statement_timeout = '1s'`);
    await database.administer(`alter database ${name} set idle_in_transaction_session_timeout = '1s'`);
    await database.administer(`alter database ${name} set lock_timeout = '1s'`);
    const { rows } = await newPool().query(
      `select name, setting::int as value from pg_settings where name in ('statement_timeout', 'lock_timeout',
         'idle_in_transaction_session_timeout', 'client_connection_check_interval') order by 1`,
    );
    expect(rows).toEqual([
      { name: 'client_connection_check_interval', value: 2_000 },
      { name: 'idle_in_transaction_session_timeout', value: 0 },
      { name: 'lock_timeout', value: 0 },
      { name: 'statement_timeout', value: 0 },
    ]);
    await database.administer(`alter database ${name} reset all`);
  });

  it('gives 8-byte integers as numbers', async () => {
    const { rows } = await newPool().query('select count(*) as n, 9007199254740991::bigint as big');
    expect(rows).toEqual([{ n: 0 + 1, big: Number.MAX_SAFE_INTEGER }]);
  });

  it('reads days in one way, whatever the server’s is', async () => {
    const pool = createPool(
      { connectionString: database.url, options: '-c datestyle=SQL,DMY' },
      () => undefined,
    );
    try {
      const { rows } = await pool.query("select '3/1/2021'::timestamp::text as day");
      expect(rows).toEqual([{ day: '2021-03-01 00:00:00' }]);
    } finally {
      await pool.end();
    }
  });

  it('says in pg_stat_activity what it is used for, however long its name', async () => {
    const name = 'x'.repeat(100);
    const shown = await withClient(database.pool, { name }, async (client) => {
      const { rows } = await client.query<{ name: string }>(
        'select application_name as name from pg_stat_activity where pid = pg_backend_pid()',
      );
      return rows[0]?.name;
    });
    expect(shown).toBe(`fareflow ${name}`.slice(0, 63));
  });
});

describe('a use that is aborted', () => {
  it('ends its statement and throws the reason', async () => {
    const stop = new AbortController();
    const work = withClient(database.pool, { name: 'sleeper', signal: stop.signal }, (client) =>
      client.query('select pg_sleep(60)'),
    );
    const failed = expect(work).rejects.toThrow('enough');
    await asleep('sleeper');
    stop.abort(new Error('enough'));
    await failed;
    await stepIsOver(database, 'sleeper');
  });

  it('ends its statement behind a pooler too, which tells sessions nothing true of their process', async () => {
    const pooler = await startPooler(database.url, 'session');
    const pool = createPool({ connectionString: pooler.url }, () => undefined);
    const abort = new AbortController();
    const use = withClient(pool, { name: 'pooled', signal: abort.signal }, (client) =>
      client.query('select pg_sleep(60)'),
    );
    await asleep('pooled');
    abort.abort(new Error('enough'));
    await expect(use).rejects.toThrow('enough');
    await stepIsOver(database, 'pooled');
    await pool.end();
    await pooler.close();
  });

  it('ends the statement that comes next if none was at work at that moment', async () => {
    const stop = new AbortController();
    const work = withTransaction(database.pool, { name: 'idler', signal: stop.signal }, async (client) => {
      stop.abort(new Error('enough'));
      // The first cancellation meets a session that does nothing.
      await until(
        database,
        "select exists (select from pg_stat_activity where query like 'select pg_cancel_backend%' and datname = current_database())",
      );
      await client.query('select pg_sleep(60)');
    });
    await expect(work).rejects.toThrow('enough');
  });

  it('does not commit', async () => {
    await database.query('create table aborted (n integer)');
    const stop = new AbortController();
    const work = withTransaction(database.pool, { name: 'test', signal: stop.signal }, async (client) => {
      await client.query('insert into aborted values (1)');
      stop.abort(new Error('enough'));
    });
    await expect(work).rejects.toThrow('enough');
    expect(await database.query('select from aborted')).toEqual([]);
  });

  it('does not begin if it was aborted before, and takes no connection', async () => {
    const pool = newPool();
    const use = { name: 'test', signal: AbortSignal.abort(new Error('enough')) };
    await expect(withClient(pool, use, () => Promise.resolve())).rejects.toThrow('enough');
    expect(pool.totalCount).toBe(0);
  });

  it('leaves the pool to others, with all of its connections', async () => {
    const pool = newPool({ max: 2 });
    for (let round = 0; round < 5; round++) {
      const stop = new AbortController();
      const work = withClient(pool, { name: `round ${round}`, signal: stop.signal }, (client) =>
        client.query('select pg_sleep(60)'),
      );
      const failed = expect(work).rejects.toThrow('enough');
      await asleep(`round ${round}`);
      stop.abort(new Error('enough'));
      await failed;
    }
    const { rows } = await pool.query('select 1 as one');
    expect(rows).toEqual([{ one: 1 }]);
  });
});

describe('a transaction', () => {
  it('is rolled back when the work fails, and its connection is not used again', async () => {
    const pool = newPool({ max: 1 });
    await pool.query('create table rolled_back (n integer)');
    const work = withTransaction(pool, { name: 'test' }, async (client) => {
      await client.query('insert into rolled_back values (1)');
      throw new Error('no');
    });
    await expect(work).rejects.toThrow('no');
    expect((await pool.query('select from rolled_back')).rowCount).toBe(0);
  });

  it('fails as a whole when its connection is lost', async () => {
    await database.query('create table lost (n integer)');
    const work = withTransaction(database.pool, { name: 'victim' }, async (client) => {
      await client.query('insert into lost values (1)');
      await client.query('select pg_sleep(60)');
    });
    const failed = expect(work).rejects.toThrow(/terminat/);
    await asleep('victim');
    await killBackends(database, 'victim');
    await failed;
    expect(await database.query('select from lost')).toEqual([]);
  });

  it('sees what was committed while it waited, whatever the database’s default is', async () => {
    const pool = newPool({
      options: '-c default_transaction_isolation=serializable -c default_transaction_read_only=on',
    });
    const levels = await withTransaction(pool, { name: 'test' }, async (client) => {
      const { rows } = await client.query<object>(
        "select current_setting('transaction_isolation') as level, current_setting('transaction_read_only') as read_only",
      );
      return rows;
    });
    expect(levels).toEqual([{ level: 'read committed', read_only: 'off' }]);
  });
});
