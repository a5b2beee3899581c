/** What may go wrong, and at which moment of a load. */
import type { Chance } from './chance.ts';

/**
 * Moments of a load: two at the source, the others as they are seen on the way to PostgreSQL, statement by statement.
 * `copied` is the end of a COPY, which commits it; `hashed` and `merged` are the commits of these steps.
 */
export const points = [
  'asked',
  'sending',
  'creating',
  'copying',
  'copied',
  'hashing',
  'hashed',
  'locking',
  'writing',
  'ledger',
  'merged',
  'dropping',
] as const;
export type Point = (typeof points)[number];

/** Something that happens once, at the n-th time that a point is reached. */
export interface Fault {
  point: Point;
  nth: number;
  /** Before the statement is passed on, or after PostgreSQL has answered it and before the worker hears of it. */
  when: 'before' | 'after';
  deed: Deed;
}

export type Deed =
  /** The worker's connection to PostgreSQL, or to the source, is cut. */
  | { kind: 'cut' }
  /** The connection stays and nothing passes for a while; then it is cut. */
  | { kind: 'blackhole'; ms: number }
  | { kind: 'kill-worker'; restartMs: number; newHost: boolean }
  | { kind: 'stop-worker'; restartMs: number }
  /** SIGSTOP, and SIGCONT when the step has been given to another. */
  | { kind: 'freeze-worker'; ms: number }
  | { kind: 'kill-postgres'; downMs: number }
  | { kind: 'stop-postgres'; downMs: number }
  /** PostgreSQL ends every session and recovers. */
  | { kind: 'crash-backend' }
  | { kind: 'restart-temporal'; downMs: number }
  /** Every downloaded file of the host is gone. */
  | { kind: 'wipe-cache' }
  /** Somebody cancels the load, and in the same moment its connection may be lost. */
  | { kind: 'cancel-month'; cut: boolean }
  | { kind: 'cancel-range' }
  | { kind: 'terminate-month' }
  /** The source publishes the month's next version. */
  | { kind: 'republish' };

/** What a run's faults are aimed at; `any` is everything. */
export const emphases = ['any', 'copy', 'merge', 'cancel'] as const;
export type Emphasis = (typeof emphases)[number];

/** One to four faults of a run. */
export function planFaults(chance: Chance, emphasis: Emphasis): Fault[] {
  const count = 1 + chance.upTo(emphasis === 'any' ? 3 : 2);
  return Array.from({ length: count }, () => planFault(chance, emphasis));
}

const WHERE: Readonly<Record<Emphasis, readonly Point[]>> = {
  any: points,
  copy: ['copying', 'copied'],
  merge: ['locking', 'writing', 'ledger', 'merged'],
  cancel: ['ledger', 'merged'],
};

function planFault(chance: Chance, emphasis: Emphasis): Fault {
  const point = chance.one(WHERE[emphasis]);
  const deed = emphasis === 'any' ? planDeed(chance) : planDisaster(chance, emphasis);
  const early = emphasis === 'any' ? 6 : 2;
  return { point, nth: 1 + chance.upTo(early), when: chance.happens(0.5) ? 'before' : 'after', deed };
}

/** What ends an attempt, or leaves it behind alive. */
function planDisaster(chance: Chance, emphasis: Emphasis): Deed {
  if (emphasis === 'copy') return { kind: 'freeze-worker', ms: 6_500 };
  if (emphasis === 'cancel') return { kind: 'cancel-month', cut: true };
  return chance.one([
    { kind: 'cut' },
    { kind: 'kill-worker', restartMs: 0, newHost: false },
    { kind: 'crash-backend' },
  ] as const);
}

function planDeed(chance: Chance): Deed {
  const kind = chance.weighted({
    ...{ cut: 5, blackhole: 1, 'kill-worker': 6, 'stop-worker': 3, 'freeze-worker': 4 },
    ...{ 'kill-postgres': 2, 'stop-postgres': 1, 'crash-backend': 2, 'restart-temporal': 2 },
    ...{ 'wipe-cache': 1, 'cancel-month': 3, 'cancel-range': 1, 'terminate-month': 1, republish: 2 },
  });
  const soon = chance.upTo(1_500);
  switch (kind) {
    case 'blackhole':
      return { kind, ms: 3_000 + soon };
    case 'kill-worker':
      return { kind, restartMs: soon, newHost: chance.happens(0.3) };
    case 'stop-worker':
      return { kind, restartMs: soon };
    case 'freeze-worker':
      // Longer than the silence after which a step is given to another: 2.5 s, or 5 s while copying.
      return { kind, ms: chance.one([1_000, 3_500, 6_500]) };
    case 'kill-postgres':
    case 'stop-postgres':
    case 'restart-temporal':
      return { kind, downMs: soon };
    case 'cancel-month':
      return { kind, cut: chance.happens(0.4) };
    default:
      return { kind };
  }
}
