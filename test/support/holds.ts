/** Places at which a test holds a load, by locks in PostgreSQL. */
import type { TestDatabase } from './database.ts';
import { connect, until } from './tables.ts';

/** A phase of a load that the test holds, until it lets it go. */
export interface Hold {
  reached(): Promise<void>;
  release(): Promise<void> | void;
}

/** Holds what hashing begins with: the identity becomes an ordinary column. */
export async function holdAlterTable(database: TestDatabase): Promise<Hold> {
  await database.administer(`
    create function hold_alter() returns event_trigger language plpgsql as $$
    begin
      if current_query() ~* 'drop expression' then
        perform pg_advisory_xact_lock_shared(4711);
      end if;
    end $$;
    create event trigger hold_alter on ddl_command_start when tag in ('ALTER TABLE')
      execute function hold_alter()`);
  return holdLock(database, 'select pg_advisory_lock(4711)', 'advisory');
}

/** Holds the merge when its rows are in and its entry in the ledger is not. */
export function holdLedger(database: TestDatabase): Promise<Hold> {
  return holdLock(database, 'begin; lock table fareflow.loads in share mode', 'relation');
}

async function holdLock(database: TestDatabase, take: string, type: string): Promise<Hold> {
  const keeper = await connect(database.url);
  await keeper.query(take);
  return {
    reached: () =>
      until(
        database,
        `select count(*) > 0 from pg_locks where locktype = $1 and not granted
           and database = (select oid from pg_database where datname = current_database())`,
        [type],
      ),
    release: () => keeper.end(),
  };
}
