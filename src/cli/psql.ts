import { relative } from 'node:path';

/** The command that opens an embedded database; the password stays out of what `ps` and a screen show. */
export function psqlCommand(databaseUrl: string, home: string): string {
  const { hostname, port, username } = new URL(databaseUrl);
  const passwordFile = relative('', `${home}/postgres.password`);
  return `PGPASSWORD=$(cat ${passwordFile}) psql -h ${hostname} -p ${port} -U ${username}`;
}
