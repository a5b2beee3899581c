/** Gates at which PostgreSQL itself holds a step in the middle of its work. */
import pg from 'pg';
import { afterEach, beforeAll } from 'vitest';
import type { TestDatabase } from './database.ts';
import { until } from './tables.ts';

/** `row`: before each row that is copied; `comment`: where a step writes down what it found, before its commit. */
export type GateName = 'row' | 'comment';

const KEYS: Readonly<Record<GateName, number>> = { row: 4_201, comment: 4_202 };

/** A closed gate. */
export interface Gate {
  /** Resolves once so many backends stand before the gate. */
  reached(backends?: number): Promise<void>;
  /** Lets everybody through. */
  open(): Promise<void>;
}

/** Builds the gates into the database, all of them open; `close` closes one until the end of the test. */
export function useGates(database: TestDatabase): { close(name: GateName): Promise<Gate> } {
  const keepers: pg.Client[] = [];
  beforeAll(() => build(database));
  afterEach(async () => {
    await Promise.all(keepers.splice(0).map((keeper) => keeper.end()));
  });
  return {
    async close(name) {
      const keeper = new pg.Client({ connectionString: database.url });
      keepers.push(keeper);
      await keeper.connect();
      await keeper.query('select pg_advisory_lock($1)', [KEYS[name]]);
      return {
        reached: (backends = 1) =>
          until(
            database,
            `select count(*) = $2 from pg_locks where locktype = 'advisory' and objid = $1 and not granted
               and database = (select oid from pg_database where datname = current_database())`,
            [KEYS[name], backends],
          ),
        async open() {
          await keeper.query('select pg_advisory_unlock_all()');
        },
      };
    },
  };
}

async function build(database: TestDatabase): Promise<void> {
  await database.administer(`
    create schema gates;
    grant usage on schema gates to public;
    create function gates.row_gate() returns trigger language plpgsql as $$
    begin
      perform pg_advisory_xact_lock_shared(${KEYS.row});
      return new;
    end $$;
    create function gates.comment_gate() returns event_trigger language plpgsql as $$
    begin
      perform pg_advisory_xact_lock_shared(${KEYS.comment});
    end $$;
    create function gates.guard_staging() returns event_trigger language plpgsql as $$
    declare made record;
    begin
      for made in select objid from pg_event_trigger_ddl_commands()
        where schema_name = 'fareflow_staging' and object_type = 'table' and object_identity !~ '_outside$' loop
        execute format('create trigger gate before insert on %s for each row execute function gates.row_gate()',
          made.objid::regclass);
      end loop;
    end $$;
    create event trigger guard_staging on ddl_command_end when tag in ('CREATE TABLE')
      execute function gates.guard_staging();
    create event trigger comment_gate on ddl_command_start when tag in ('COMMENT')
      execute function gates.comment_gate();
  `);
}
