import type { Patch } from '../program.ts';

/**
 * All attempts of a month's load fill one staging table, named after the month, which each of them empties before it
 * begins: an attempt that was given up as lost, and is not, writes into its successor's rows.
 */
export const sharedStaging: readonly Patch[] = [
  { file: 'database/sql.js', from: '_l${loadId}`', to: '_shared`' },
  {
    file: 'database/staging.js',
    from: 'await client.query(`create table ${qualified(staging)} (',
    to: 'await client.query(`drop table if exists ${qualified(outsideTable(staging))}`);\n    await client.query(`create table if not exists ${qualified(staging)} (',
  },
  {
    file: 'database/staging.js',
    from: 'await writeFacts(client, staging, { ...load.run, createdAt: load.createdAt });',
    to: 'await client.query(`delete from ${qualified(staging)}`);\n    await writeFacts(client, staging, { ...load.run, createdAt: load.createdAt });',
  },
];
