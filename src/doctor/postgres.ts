/** What a load needs of PostgreSQL: the server, the way there, its settings, rights and tables. */
import type { Config } from '../config.ts';
import { connectionsFor } from '../database/connections.ts';
import { migrationState } from '../database/migrate.ts';
import type { Pool } from '../database/pool.ts';
import { openWarehouse } from '../operations/connect.ts';
import { failed, type Finding, finding, ok, skipped, warning } from './finding.ts';
import { detectPooling } from './pooler.ts';
import { examineRights } from './rights.ts';

/** What `pg_input_is_valid`, which judges bad rows, takes. */
const LEAST_VERSION = 160_000;
/** With less, a load waits for the checkpoints that its own rows cause. */
const MAX_WAL_MB = 4096;

/** Checks PostgreSQL, and what is in it as far as it answers. */
export async function examinePostgres(config: Config): Promise<Finding[]> {
  let pool: Pool;
  try {
    // Two sessions tell what is between them and the server, a third asks the rest.
    pool = await openWarehouse(config, { max: 3 });
  } catch (error) {
    const rest = ['pooling', 'settings', 'rights', 'migrations'];
    return [
      failed('postgresql', (error as Error).message, 'see docs/configuration.md'),
      ...rest.map((check) => skipped(check, 'PostgreSQL does not answer')),
    ];
  }
  const advice = 'see the log of PostgreSQL';
  try {
    return [
      await finding('postgresql', advice, () => examineServer(pool)),
      await finding('pooling', advice, () => examinePooling(pool)),
      await finding('settings', advice, () =>
        examineSettings(pool, connectionsFor(config.workerSteps, config.workerCopies)),
      ),
      await finding('rights', advice, () => examineRights(pool)),
      await finding('migrations', advice, () => examineMigrations(pool)),
    ];
  } finally {
    await pool.end();
  }
}

async function examineServer(pool: Pool): Promise<Finding> {
  const check = 'postgresql';
  const { rows } = await pool.query<{
    version: string;
    number: number;
    database: string;
    encoding: string;
    read_only: boolean;
    ssl: boolean | null;
    remote: boolean | null;
  }>(`select current_setting('server_version') as version, current_setting('server_version_num')::int as number,
        current_database() as database, current_setting('server_encoding') as encoding,
        current_setting('transaction_read_only')::bool as read_only,
        (select ssl from pg_stat_ssl where pid = pg_backend_pid()) as ssl,
        inet_client_addr() is distinct from inet_server_addr() as remote`);
  const server = rows[0];
  if (server === undefined) return failed(check, 'no answer', 'see the log of PostgreSQL');
  const { version, number, database, encoding, read_only: readOnly, ssl, remote } = server;
  const found = `${version}, database ${database}${ssl === true ? ', TLS' : ''}`;
  if (number < LEAST_VERSION) return failed(check, found, 'fareflow needs PostgreSQL 16 or later');
  if (encoding !== 'UTF8') {
    return failed(check, `${found}, encoding ${encoding}`, 'make the database with encoding UTF8');
  }
  if (readOnly) {
    return failed(
      check,
      `${found}, read-only`,
      'it is a replica, or default_transaction_read_only is on; set DATABASE_URL to the primary',
    );
  }
  return remote === true && ssl !== true
    ? warning(check, `${found}, no TLS`, 'rows and password travel unencrypted; add ?sslmode=verify-full')
    : ok(check, found);
}

async function examinePooling(pool: Pool): Promise<Finding> {
  const check = 'pooling';
  switch (await detectPooling(pool)) {
    case 'none':
      return ok(check, 'none: connections are to PostgreSQL itself');
    case 'session':
      return ok(check, 'a pooler by session, which is safe');
    case 'transaction':
      return failed(
        check,
        'a pooler by transaction: settings and locks of a session end up with others',
        'set DATABASE_URL to PostgreSQL itself, or to a pool with pool_mode=session',
      );
  }
}

async function examineSettings(pool: Pool, needed: number): Promise<Finding> {
  const check = 'settings';
  const { rows } = await pool.query<{ connections: number; wal: number }>(
    `select least(
        current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int,
        (select nullif(rolconnlimit, -1) from pg_roles where rolname = current_user),
        (select nullif(datconnlimit, -1) from pg_database where datname = current_database())
      ) as connections,
      (select setting::bigint from pg_settings where name = 'max_wal_size') as wal`,
  );
  const { connections = 0, wal = 0 } = rows[0] ?? {};
  const found = `${connections} connections, max_wal_size ${wal} MB`;
  const advice = [
    ...(connections < needed
      ? [`a worker opens up to ${needed} connections; raise max_connections or the role's limit`]
      : []),
    ...(wal < MAX_WAL_MB
      ? ["large loads wait for checkpoints; let an administrator run: alter system set max_wal_size = '4GB'"]
      : []),
  ];
  return advice.length === 0 ? ok(check, found) : warning(check, found, advice.join('; '));
}

async function examineMigrations(pool: Pool): Promise<Finding> {
  const check = 'migrations';
  const { missing, unknown } = await migrationState(pool);
  if (unknown !== undefined) {
    return failed(
      check,
      `the database has ${unknown}, which this version does not know`,
      'use the version that made it, or a later one',
    );
  }
  if (missing.length === 0) return ok(check, 'up to date');
  const some =
    missing.length > 5
      ? `${missing.slice(0, 5).join(', ')} and ${missing.length - 5} more`
      : missing.join(', ');
  return failed(check, `missing: ${some}`, 'run `fareflow migrate`, or start a worker, which does it');
}
