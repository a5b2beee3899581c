/**
 * What people use in fareflow's place, each in the fastest way that its documents show; and what it does not do. They
 * are installed below `.fareflow/bench` from PyPI; pgloader must be on the PATH. One that cannot be had is left out.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { timed, withConnection } from './connection.ts';
import { columns, definitions, names, naturalKey } from './yellow-columns.ts';

const run = promisify(execFile);
/** No tool that works takes as long for a month; pgloader waits for ever after some errors. */
const LIMIT_MS = 10 * 60_000;

/** A tool and what a month of it lacks. */
export interface OtherTool {
  name: string;
  dedupes: boolean;
  /** What fareflow does beside loading that this way does not. */
  lacks: string;
}

/** What a tool took for each repetition, or why there is no figure. */
export interface OtherRun extends OtherTool {
  ms: number[];
  unavailable?: string;
}

interface Runnable extends OtherTool {
  /** The table that it fills, whose rows are counted to see that it has. */
  table: string;
  load: (csv: string, databaseUrl: string, scratch: string) => Promise<unknown>;
}

const venv = resolve('.fareflow', 'bench', 'others');
const python = join(venv, 'bin', 'python');

const tools: readonly Runnable[] = [
  {
    name: 'dlt 1.31 (merge, upsert)',
    dedupes: true,
    lacks: 'ledger of files, rows with equal keys, occurrence',
    table: 'by_dlt.by_dlt',
    load: (csv, databaseUrl, scratch) =>
      runPython('load_with_dlt.py', databaseUrl, csv, naturalKey.join(','), scratch),
  },
  {
    name: 'sling 1.4 (full refresh)',
    dedupes: false,
    lacks: 'dedupe, key, audit columns but a time',
    table: 'public.by_sling',
    load: runSling,
  },
  {
    name: 'pgloader 3.6 (two workers)',
    dedupes: false,
    lacks: 'dedupe, key, audit',
    table: 'public.by_pgloader',
    load: runPgloader,
  },
  {
    name: 'DuckDB 1.5, extension for PostgreSQL',
    dedupes: false,
    lacks: 'dedupe, key, audit',
    table: 'public.by_duckdb',
    load: (csv, databaseUrl) => runPython('load_with_duckdb.py', databaseUrl, csv),
  },
];

/** Loads a month of so many rows with each tool, into a new table each time. */
export async function runOthers(
  databaseUrl: string,
  csv: string,
  rows: number,
  repeat: number,
): Promise<OtherRun[]> {
  const missing = await install();
  const runs: OtherRun[] = [];
  for (const { name, dedupes, lacks, table, load } of tools) {
    const ms: number[] = [];
    let unavailable = table === 'public.by_pgloader' ? undefined : missing;
    for (let i = 0; i < repeat && unavailable === undefined; i++) {
      const scratch = await mkdtemp(join(tmpdir(), 'fareflow-bench-'));
      try {
        await withConnection(databaseUrl, (client) =>
          client.query(`drop table if exists ${table}; drop schema if exists by_dlt, by_dlt_staging cascade`),
        );
        ms.push(await timed(() => load(csv, databaseUrl, scratch)));
        await assertLoaded(databaseUrl, table, rows);
      } catch (error) {
        unavailable = (error as Error).message.split('\n', 1)[0] ?? 'failed';
      } finally {
        await rm(scratch, { recursive: true, force: true });
      }
    }
    process.stderr.write(`${name}: ${unavailable ?? `${ms.join(', ')} ms`}\n`);
    runs.push({ name, dedupes, lacks, ms, ...(unavailable === undefined ? {} : { unavailable }) });
  }
  return runs;
}

/** Installs the tools that are Python packages; returns why they are missing if they are. */
async function install(): Promise<string | undefined> {
  if (existsSync(join(venv, 'complete'))) return undefined;
  try {
    await run('python3', ['-m', 'venv', venv]);
    await run(python, [
      '-m',
      'pip',
      'install',
      '--quiet',
      '-r',
      resolve('bench', 'others', 'requirements.txt'),
    ]);
    await writeFile(join(venv, 'complete'), '');
    return undefined;
  } catch (error) {
    return `not installed: ${(error as Error).message.split('\n', 1)[0] ?? ''}`;
  }
}

async function runPython(script: string, databaseUrl: string, ...args: string[]): Promise<unknown> {
  return run(python, [resolve('bench', 'others', script), ...args], {
    env: { ...process.env, DATABASE_URL: databaseUrl },
    timeout: LIMIT_MS,
  });
}

async function runSling(csv: string, databaseUrl: string): Promise<unknown> {
  const { stdout } = await run(python, [
    '-c',
    'import sling_linux_amd64, pathlib; print(*pathlib.Path(sling_linux_amd64.__path__[0]).glob("bin/sling*"))',
  ]);
  const way = ['--tgt-conn', 'BENCH', '--tgt-object', 'public.by_sling', '--mode', 'full-refresh'];
  return run(stdout.trim(), ['run', '--src-stream', `file://${csv}`, ...way], {
    env: { ...process.env, BENCH: `${databaseUrl}?sslmode=disable`, SLING_DISABLE_TELEMETRY: 'TRUE' },
    timeout: LIMIT_MS,
  });
}

async function runPgloader(csv: string, databaseUrl: string, scratch: string): Promise<unknown> {
  await withConnection(databaseUrl, (client) =>
    client.query(`create table by_pgloader (${definitions.join(', ')})`),
  );
  const script = join(scratch, 'month.load');
  const from = `load csv from '${csv}' (${names.join(', ')})`;
  const into = `into ${databaseUrl} target table public.by_pgloader (${columns.replaceAll('"', '')})`;
  const how = "with skip header = 1, fields terminated by ',', workers = 2, concurrency = 1";
  await writeFile(script, `${from}\n${into}\n${how};\n`, { mode: 0o600 });
  return run('pgloader', [script], { timeout: LIMIT_MS });
}

async function assertLoaded(databaseUrl: string, table: string, rows: number): Promise<void> {
  await withConnection(databaseUrl, async (client) => {
    const { rows: found } = await client.query<{ count: string }>(`select count(*) from ${table}`);
    if (Number(found[0]?.count) !== rows)
      throw new Error(`${found[0]?.count ?? 'no'} rows instead of ${rows}`);
  });
}
