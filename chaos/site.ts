/**
 * What runs of one program share, one after the other: task queue, database name, source, proxies and workers on a
 * lane's servers. Workers that a run leaves as the next one wants them go on working.
 */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Crew, createCrew } from './crew.ts';
import { type Lane, makeDirectory } from './lane.ts';
import { type PostgresProxy, startPostgresProxy } from './postgres-proxy.ts';
import type { Program } from './program.ts';
import { type SourceServer, startSource } from './source.ts';

/** The most workers that a run has. */
const WORKERS = 3;

export interface Site {
  lane: Lane;
  directory: string;
  /** Name of the task queue and of the database. */
  name: string;
  databaseUrl: string;
  source: SourceServer;
  /** One in front of each worker. */
  proxies: PostgresProxy[];
  crew: Crew;
  /** Ends the workers and takes all away; says which of them did not end well. */
  close(): Promise<string[]>;
}

export async function openSite(lane: Lane, program: Program): Promise<Site> {
  const directory = await makeDirectory('site-');
  const name = directory
    .slice(directory.lastIndexOf('/') + 1)
    .replaceAll(/\W/g, '_')
    .toLowerCase();
  const source = await startSource();
  const proxies: PostgresProxy[] = [];
  for (let i = 0; i < WORKERS; i++) proxies.push(await startPostgresProxy(lane.postgresPort));
  const crew = createCrew(program, (i) => {
    const database = new URL(lane.databaseUrl(name));
    database.port = String(proxies[i]?.port);
    return {
      DATABASE_URL: database.href,
      TEMPORAL_ADDRESS: lane.temporalAddress,
      FAREFLOW_TASK_QUEUE: name,
      FAREFLOW_METRICS_ADDRESS: 'off',
      FAREFLOW_HEALTH_ADDRESS: 'off',
      FAREFLOW_CSV_URL: source.urlTemplate('csv'),
      FAREFLOW_PARQUET_URL: source.urlTemplate('parquet'),
    };
  });
  await mkdir(join(directory, 'hosts'));
  return {
    lane,
    directory,
    name,
    databaseUrl: lane.databaseUrl(name),
    source,
    proxies,
    crew,
    async close() {
      const ends = await crew.end();
      await source.close();
      await Promise.all(proxies.map((proxy) => proxy.close()));
      await lane.up();
      await lane.dropDatabase(name);
      await rm(directory, { recursive: true, force: true });
      return ends;
    },
  };
}
