/**
 * Which loads may work in the database, where only so many may at a time. A turn is a row that belongs to the load: a
 * worker that dies leaves it to whoever takes the load over, and the load's clean-up ends it.
 */
import { lockTurns } from './locks.ts';
import type { Client, Pool } from './pool.ts';
import type { WorkflowRun } from './staging.ts';

/** Who waits and has not asked for so long is not there any more. */
const GONE_AFTER = '90 seconds';

/** What became of a load's question. */
export type TurnAnswer = { began: true } | { began: false; underWay: number; ahead: number };

/** A load that has its turn, or waits for it. */
export interface Turn extends WorkflowRun {
  askedAt: string;
  /** How long ago it began, if it has. */
  beganMsAgo: number | null;
}

/**
 * Gives a load its turn if fewer than `limit` loads have theirs, counting those that wait before it: by priority (the
 * lower number first), then by when they asked first. Asked again, it answers the same; to be called in a transaction.
 */
export async function takeTurn(
  client: Client,
  run: WorkflowRun,
  priority: number,
  limit: number,
): Promise<TurnAnswer> {
  await lockTurns(client);
  const { rows } = await client.query<{ began: boolean; underWay: number; ahead: number }>(
    `with own as (
       insert into fareflow.turns as t (run_id, namespace, workflow_id, priority) values ($1, $2, $3, $4)
       on conflict (run_id) do update set seen_at = clock_timestamp()
       returning began_at, priority, asked_at, run_id
     )
     select own.began_at is not null as began,
       count(o.run_id) filter (where o.began_at is not null) as "underWay",
       count(o.run_id) filter (where o.began_at is null and o.seen_at > clock_timestamp() - $5::interval
         and (o.priority, o.asked_at, o.run_id) < (own.priority, own.asked_at, own.run_id)) as ahead
     from own left join fareflow.turns o on o.run_id <> own.run_id
     group by own.began_at`,
    [run.runId, run.namespace, run.workflowId, priority, GONE_AFTER],
  );
  const { began, underWay, ahead } = rows[0] as { began: boolean; underWay: number; ahead: number };
  if (began) return { began };
  if (underWay + ahead >= limit) return { began, underWay, ahead };
  await client.query('update fareflow.turns set began_at = clock_timestamp() where run_id = $1', [run.runId]);
  return { began: true };
}

/** Ends a load's turn, or its waiting; nothing happens if it has neither. */
export async function endTurn(db: Client | Pool, runId: string): Promise<void> {
  await db.query('delete from fareflow.turns where run_id = $1', [runId]);
}

/** Every turn, the oldest first. */
export async function listTurns(db: Client | Pool): Promise<Turn[]> {
  const { rows } = await db.query<Turn>(
    `select namespace, workflow_id as "workflowId", run_id as "runId", to_char(asked_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as "askedAt",
       (extract(epoch from clock_timestamp() - began_at) * 1000)::bigint as "beganMsAgo"
     from fareflow.turns order by began_at nulls last, asked_at`,
  );
  return rows;
}
