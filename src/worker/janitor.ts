/** Clears away what loads left that had no chance to: terminated ones, and those of workers that died. */
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { Logger } from 'pino';
import type { Pool } from '../database/pool.ts';
import { dropStagingTable, listStaging, type StagingOwner } from '../database/staging.ts';
import { endTurn, listTurns } from '../database/turns.ts';
import { type FileCache, sweepCache } from '../source/cache.ts';

/** A load of whose workflow Temporal knows nothing any more is over after this long. */
const FORGOTTEN_MS = 7 * 24 * 3_600_000;
/** A file that nobody wrote for this long belongs to no download. */
const STALE_FILE_MS = 24 * 3_600_000;

const SWEEP_EVERY_MS = 10 * 60_000;

/** What a janitor works with. */
export interface JanitorDeps {
  pool: Pool;
  client: Client;
  namespace: string;
  cache: FileCache;
  logger: Pick<Logger, 'info' | 'warn'>;
}

/** Sweeps now and every ten minutes; `stop` waits for a sweep under way. */
export function startJanitor({ pool, client, namespace, cache, logger }: JanitorDeps): {
  stop(): Promise<void>;
} {
  const clean = async () => {
    try {
      const { tables, files } = await sweep(pool, client, namespace, cache);
      if (tables.length + files > 0) logger.info({ tables, files }, 'cleared away what lost loads left');
    } catch (error) {
      logger.warn({ error: String(error) }, 'the janitor failed; it will be back');
    }
  };
  let sweeping = clean();
  const timer = setInterval(() => {
    sweeping = sweeping.then(clean);
  }, SWEEP_EVERY_MS);
  return {
    async stop() {
      clearInterval(timer);
      await sweeping;
    },
  };
}

/** What was cleared away. */
export interface Swept {
  tables: string[];
  files: number;
}

/** Drops the staging tables of loads that are over, ends their turns, and removes files that no load has touched for a day. */
export async function sweep(pool: Pool, client: Client, namespace: string, cache: FileCache): Promise<Swept> {
  const tables: string[] = [];
  for (const { table, owner } of await listStaging(pool)) {
    // Tables of other namespaces are for their own workers to judge.
    if (owner === undefined || owner.namespace !== namespace || !(await isOver(client, owner))) continue;
    await dropStagingTable(pool, table);
    tables.push(table.name);
  }
  for (const turn of await listTurns(pool)) {
    if (turn.namespace === namespace && (await isOver(client, { ...turn, createdAt: turn.askedAt })))
      await endTurn(pool, turn.runId);
  }
  return { tables, files: await sweepCache(cache, STALE_FILE_MS) };
}

async function isOver(client: Client, owner: StagingOwner): Promise<boolean> {
  try {
    const { status } = await client.workflow.getHandle(owner.workflowId, owner.runId).describe();
    return status.name !== 'RUNNING';
  } catch (error) {
    // Either its retention has passed, or it is known to another cluster that has a namespace of the same name.
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    return Date.now() - Date.parse(owner.createdAt) > FORGOTTEN_MS;
  }
}
