/** Reads off a session's messages where its load stands. */
import type { MonthString } from '../src/contract.ts';
import type { Point } from './faults.ts';
import type { Frame } from './frames.ts';

/** A point of a load that a worker has reached. */
export interface Sighting {
  point: Point;
  dataset: string | undefined;
  month: MonthString | undefined;
}

/** Which statement is which point; the first that fits. */
const STATEMENTS: readonly [RegExp, Point][] = [
  [/^create table "fareflow_staging"\."\w+" \(\n/, 'creating'],
  [/add primary key/, 'hashing'],
  [/^select pg_advisory_xact_lock\(hashtext/, 'locking'],
  [/insert into fareflow\.loads/, 'ledger'],
  [/attach partition|^(insert into|update|delete from) "public"/, 'writing'],
  [/^drop table if exists "fareflow_staging"/, 'dropping'],
];

/** Whose a staging table is, by its name. */
function ownerOf(sql: string): { dataset?: string | undefined; month?: MonthString | undefined } | undefined {
  const [, dataset, period] = /"fareflow_staging"\."(\w+?)_(\d{4}_\w+|all)_l\d+/.exec(sql) ?? [];
  if (period === undefined) return undefined;
  return { dataset, month: period.replaceAll('_', '-').toUpperCase().replace('ALL', 'all') };
}

/** Watches one session. */
export function createSpotter(): (frame: Frame) => Sighting | undefined {
  let load: { dataset?: string | undefined; month?: MonthString | undefined } = {};
  let last: Point | undefined;
  const at = (point: Point): Sighting => {
    last = point;
    return { point, dataset: load.dataset, month: load.month };
  };
  return ({ type, bytes }) => {
    if (type === 'd') return last === 'copying' ? undefined : at('copying');
    if (type === 'c') return at('copied');
    if (type !== 'Q' && type !== 'P' && type !== 'B') return undefined;
    const text = bytes.subarray(0, 4_096).toString('latin1');
    if (type === 'B') {
      // The name that a step gives its session.
      const [, dataset, month] = /fareflow \w+ (\w+) (\d{4}-[\dW-]+|all)/.exec(text) ?? [];
      if (dataset !== undefined) load = { dataset, month };
      return undefined;
    }
    const sql = type === 'Q' ? text.slice(5, -1) : text.slice(text.indexOf('\0', 5) + 1);
    if (/^begin/.test(sql)) last = undefined;
    if (/^commit/.test(sql)) {
      if (last === 'hashing') return at('hashed');
      return last === 'ledger' ? at('merged') : undefined;
    }
    const point = STATEMENTS.find(([pattern]) => pattern.test(sql))?.[1];
    if (point === undefined) return undefined;
    // A clean-up does not name its session.
    if (point === 'dropping') load = ownerOf(sql) ?? load;
    return at(point);
  };
}
