/** What must not grow: memory, open files and sessions. */
import { readdir, readFile } from 'node:fs/promises';
import { query } from './lane.ts';

export interface Sample {
  /** Resident memory of the worker. */
  megabytes: number;
  openFiles: number;
  /** Sessions of all workers. */
  sessions: number;
}

/** Looks at one worker, and at the sessions of the database. */
export async function takeSample(pid: number, databaseUrl: string): Promise<Sample> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const [{ sessions } = { sessions: 0 }] = await query<{ sessions: number }>(
    databaseUrl,
    `select count(*)::int as sessions from pg_stat_activity
     where datname = current_database() and application_name like 'fareflow%'`,
  );
  return {
    megabytes: Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024,
    openFiles: (await readdir(`/proc/${pid}/fd`)).length,
    sessions,
  };
}

/** By how much the last quarter may exceed the second one: caches fill in the first. */
const ALLOWED: Readonly<Record<keyof Sample, (before: number) => number>> = {
  megabytes: (before) => before * 1.15 + 30,
  openFiles: (before) => before + 12,
  sessions: (before) => before + 8,
};

/** Each measure's medians in the second and the last quarter, and a finding where it grew. */
export function compareQuarters(samples: readonly Sample[]): {
  summary: string;
  findings: string[];
  medians: Record<string, { secondQuarter: number; lastQuarter: number }>;
} {
  const quarter = Math.floor(samples.length / 4);
  const before = samples.slice(quarter, 2 * quarter);
  const after = samples.slice(-quarter);
  const names = ['megabytes', 'openFiles', 'sessions'] as const;
  const measures = names.map((name) => ({
    name,
    from: median(before.map((sample) => sample[name])),
    to: median(after.map((sample) => sample[name])),
  }));
  return {
    medians: Object.fromEntries(
      measures.map(({ name, from, to }) => [
        name,
        { secondQuarter: Math.round(from), lastQuarter: Math.round(to) },
      ]),
    ),
    summary: measures
      .map(({ name, from, to }) => `${name} ${from.toFixed(0)} -> ${to.toFixed(0)}`)
      .join(', '),
    findings: measures
      .filter(({ name, from, to }) => to > ALLOWED[name](from))
      .map(({ name, from, to }) => `${name} grew from ${from.toFixed(0)} to ${to.toFixed(0)}`),
  };
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
