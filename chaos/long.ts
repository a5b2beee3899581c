/** `npm run chaos -- long`: one back-fill of a data set's whole history, a worker and Temporal restarted on the way. */
import { setTimeout as sleep } from 'node:timers/promises';
import { loadMonthsId, type LoadMonthsReport } from '../src/contract.ts';
import { monthsBetween } from '../src/datasets/month.ts';
import { listExecutions, persist, type Started, startLoad, untilOver } from './driver.ts';
import type { Lane } from './lane.ts';
import { query } from './lane.ts';
import type { Site } from './site.ts';
import type { Outcome } from './soak.ts';
import { clearStage, judge, setStage } from './stage.ts';

/** 214 months, every file that there has ever been. */
const FROM = '2009-01';
const TO = '2026-10';
const ROWS = 100;
const WITHIN_MS = 900_000;
/** Temporal ends a workflow at 51,200 events, and warns from 10,240 on. */
const MANY_EVENTS = 10_240;

/** Loads the months and looks at the histories. */
export async function backFill(site: Site): Promise<Outcome> {
  const months = monthsBetween(FROM, TO);
  const files = months.map((month, seed) => ({
    dataset: 'yellow' as const,
    month,
    rows: ROWS,
    versions: 1,
    seed,
    formats: [month >= '2019-01' && month <= '2021-07' ? ('csv' as const) : ('parquet' as const)],
    etag: 'strong' as const,
    replies: [],
  }));
  const stage = await setStage(
    { workers: 2, sharedCache: true, clocks: [], diskFull: false, files, faults: [] },
    site,
  );
  const { workers, since } = stage;
  const { lane, databaseUrl } = site;
  const begun = Date.now();
  const range = { dataset: 'yellow', from: FROM, to: TO, concurrency: 4 } as const;
  const { workflowId } = await startLoad(lane.client, site.name, {
    type: 'loadMonths',
    options: {},
    afterMs: 0,
    ...range,
  });
  await untilCommitted(databaseUrl, Math.floor(months.length / 3));
  await workers[0]?.kill(500);
  await untilCommitted(databaseUrl, Math.floor((2 * months.length) / 3));
  await lane.bounceTemporal('stop', 1_000);
  await lane.up();
  await untilOver(lane.client, since, [workflowId], WITHIN_MS);
  const ms = Date.now() - begun;
  const handle = lane.client.workflow.getHandle(loadMonthsId(range));
  const report = (await persist(() => handle.result())) as LoadMonthsReport;
  const longest = Math.max(...(await historyLengths(lane, since)));
  const { findings, entries } = await judge(stage);
  if (report.loaded !== months.length)
    findings.push(`${report.loaded} of ${months.length} months were loaded`);
  if (longest > MANY_EVENTS / 2) findings.push(`a history has ${longest} events`);
  await clearStage(stage, findings.length === 0);
  const seconds = Math.round(ms / 1000);
  return {
    findings,
    summary: `${entries.length} months in ${seconds} s; the longest history has ${longest} events`,
    measured: { months: entries.length, seconds, longestHistoryEvents: longest },
  };
}

async function untilCommitted(databaseUrl: string, loads: number): Promise<void> {
  const sql = 'select count(*)::int as count from fareflow.loads';
  for (const end = Date.now() + WITHIN_MS; Date.now() < end; await sleep(200)) {
    if (((await query<{ count: number }>(databaseUrl, sql))[0]?.count ?? 0) >= loads) return;
  }
  throw new Error(`${loads} loads were not committed in time`);
}

async function historyLengths(lane: Lane, since: Started): Promise<number[]> {
  const executions = await listExecutions(lane.client, since);
  return Promise.all(
    executions
      .filter(({ type }) => type === 'loadMonths')
      .map(async ({ workflowId, runId }) => {
        const { historyLength } = await lane.client.workflow.getHandle(workflowId, runId).describe();
        return historyLength;
      }),
  );
}
