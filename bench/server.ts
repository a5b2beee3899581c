import { withConnection } from './connection.ts';

/** What a reader needs to know of the PostgreSQL that figures come from. */
export async function describeServer(databaseUrl: string): Promise<Record<string, string>> {
  return withConnection(databaseUrl, async (client) => {
    const { rows } = await client.query<{ name: string; setting: string }>(
      `select name, current_setting(name) as setting from pg_settings
       where name in ('server_version', 'shared_buffers', 'max_wal_size', 'wal_level', 'maintenance_work_mem')`,
    );
    return Object.fromEntries(rows.map(({ name, setting }) => [name, setting]));
  });
}
