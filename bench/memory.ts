/** How much memory processes hold, as Linux tells it; elsewhere there are no figures. */
import { readdir, readFile } from 'node:fs/promises';
import { withConnection } from './connection.ts';

/** The most memory that a process has ever held, in megabytes. */
export async function peakMb(pid: number | undefined): Promise<number | null> {
  const status = await readFile(`/proc/${pid ?? 0}/status`, 'utf8').catch(() => '');
  return megabytes(/^VmHWM:\s+(\d+) kB$/m.exec(status));
}

/**
 * The most memory that a PostgreSQL server's processes held together while `work` ran, in megabytes, looked at twice
 * a second. What they share counts once.
 */
export async function watchServer<T>(
  databaseUrl: string,
  work: () => Promise<T>,
): Promise<{ result: T; peakMb: number | null }> {
  const postmaster = await withConnection(databaseUrl, async (client) => {
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
    return parentOf(String(rows[0]?.pid));
  });
  let peakMb: number | null = null;
  let looking: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    looking = heldBy(postmaster).then((mb) => {
      if (mb !== null) peakMb = Math.max(peakMb ?? 0, mb);
    });
  }, 500);
  try {
    const result = await work();
    await looking;
    return { result, peakMb };
  } finally {
    clearInterval(timer);
  }
}

async function heldBy(postmaster: string | undefined): Promise<number | null> {
  if (postmaster === undefined) return null;
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  let sum: number | null = null;
  for (const pid of pids) {
    if (pid !== postmaster && (await parentOf(pid)) !== postmaster) continue;
    const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '');
    const mb = megabytes(/^Pss:\s+(\d+) kB$/m.exec(rollup));
    if (mb !== null) sum = (sum ?? 0) + mb;
  }
  return sum;
}

async function parentOf(pid: string): Promise<string | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return /^PPid:\s+(\d+)$/m.exec(status)?.[1];
}

function megabytes(found: RegExpExecArray | null): number | null {
  return found === null ? null : Math.round(Number(found[1]) / 1024);
}
