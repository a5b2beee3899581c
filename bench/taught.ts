/**
 * The pipeline that data engineering courses teach, in plain SQL: COPY into a staging table, UPDATE every row with a
 * hash of seven columns and the file's name, MERGE into one table. And the same with each improvement that its users
 * come upon, one after the other.
 */
import { basename } from 'node:path';
import type pg from 'pg';
import { copyCsv, timed, withConnection } from './connection.ts';
import { columns, definitions, names, naturalKey } from './yellow-columns.ts';

/** A way of doing it. */
export interface Pipeline {
  name: string;
  /** What it does that the one before it does not. */
  change: string;
  hash: 'md5' | 'sha256';
  /** Whether the rows are hashed by an UPDATE of the staging table, or within the statement that merges. */
  hashed: 'update' | 'in the merge';
  /** Whether the target has an index on the hash. */
  indexed: boolean;
  merged: 'merge' | 'on conflict';
}

export const taught: Pipeline = {
  name: 'taught',
  change: 'as courses teach it: UPDATE … md5, MERGE, no index',
  hash: 'md5',
  hashed: 'update',
  indexed: false,
  merged: 'merge',
};
export const improvements: readonly Pipeline[] = [
  { ...taught, name: 'SHA-256', change: 'SHA-256 in place of MD5', hash: 'sha256' },
  {
    ...taught,
    name: 'hash on the fly',
    change: 'the hash computed in the MERGE, no UPDATE',
    hashed: 'in the merge',
  },
  { ...taught, name: 'index', change: 'a unique index on the target', indexed: true },
  {
    name: 'all of them',
    change: 'SHA-256 on the fly, unique index, INSERT … ON CONFLICT DO NOTHING',
    hash: 'sha256',
    hashed: 'in the merge',
    indexed: true,
    merged: 'on conflict',
  },
];

/** What one month took. */
export interface PipelineRun {
  steps: { step: string; ms: number }[];
  totalMs: number;
}

const target = 'taught';
const staging = 'taught_staging';

/** Begins anew, with an empty target. */
export async function prepareTarget(databaseUrl: string, { indexed }: Pipeline): Promise<void> {
  const all = ['unique_row_id text', 'filename text', ...definitions].join(', ');
  await withConnection(databaseUrl, async (client) => {
    await client.query(`drop table if exists ${target}, ${staging}`);
    await client.query(`create table ${target} (${all})`);
    await client.query(`create table ${staging} (${all})`);
    if (indexed) await client.query(`create unique index on ${target} (unique_row_id)`);
  });
}

/** Drops what the pipelines have left. */
export async function dropTarget(databaseUrl: string): Promise<void> {
  await withConnection(databaseUrl, (client) => client.query(`drop table if exists ${target}, ${staging}`));
}

/** Loads one month's file into the target. */
export async function runPipeline(
  databaseUrl: string,
  pipeline: Pipeline,
  csv: string,
): Promise<PipelineRun> {
  return withConnection(databaseUrl, async (client) => {
    await client.query(`truncate ${staging}`);
    const steps = [{ step: 'COPY', ms: await timed(() => copyCsv(client, staging, columns, csv)) }];
    for (const [step, sql] of statements(pipeline, basename(csv)))
      steps.push({ step, ms: await timed(() => run(client, sql)) });
    return { steps, totalMs: steps.reduce((sum, { ms }) => sum + ms, 0) };
  });
}

async function run(client: pg.Client, sql: string): Promise<void> {
  await client.query(sql);
}

function statements(pipeline: Pipeline, filename: string): [string, string][] {
  const { hash, hashed, merged } = pipeline;
  const key = naturalKey.map((name) => `coalesce(cast(${name} as text), '')`).join(' || ');
  const id = hash === 'md5' ? `md5(${key})` : `encode(sha256((${key})::bytea), 'hex')`;
  const update = `update ${staging} set unique_row_id = ${id}, filename = '${filename}'`;
  const source =
    hashed === 'update'
      ? staging
      : `(select ${id} as unique_row_id, '${filename}' as filename, ${columns} from ${staging})`;
  const all = `unique_row_id, filename, ${columns}`;
  const values = ['unique_row_id', 'filename', ...names].map((name) => `s.${name}`).join(', ');
  const merge =
    merged === 'merge'
      ? `merge into ${target} t using ${source} s on t.unique_row_id = s.unique_row_id
         when not matched then insert (${all}) values (${values})`
      : `insert into ${target} (${all}) select ${values} from ${source} s on conflict (unique_row_id) do nothing`;
  return [
    ...(hashed === 'update' ? [['UPDATE', update] as [string, string]] : []),
    [merged === 'merge' ? 'MERGE' : 'INSERT', merge],
  ];
}
