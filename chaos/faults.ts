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
  | { kind: 'kill-temporal'; downMs: number }
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

/** What must be tried at every point, seed after seed, before chance adds to it. */
const EVERYWHERE: readonly Deed['kind'][] = [
  ...(['kill-worker', 'kill-postgres', 'stop-worker', 'freeze-worker'] as const),
  ...(['cut', 'restart-temporal', 'crash-backend'] as const),
];

/** One to four faults of a run. */
export function planFaults(chance: Chance, emphasis: Emphasis, seed: number): Fault[] {
  if (emphasis !== 'any') {
    return Array.from({ length: 1 + chance.upTo(2) }, () => planFault(chance, emphasis));
  }
  const more = Number(chance.weighted({ '0': 3, '1': 4, '2': 2, '3': 1 }));
  return [planTurn(chance, seed), ...Array.from({ length: more }, () => planFault(chance, emphasis))];
}

/** The fault whose turn it is: neighbouring seeds have different ones, and each comes before and after its point. */
function planTurn(chance: Chance, seed: number): Fault {
  const turn = seed % (EVERYWHERE.length * points.length * 2);
  const kind = EVERYWHERE[turn % EVERYWHERE.length] as Deed['kind'];
  const place = Math.floor(turn / EVERYWHERE.length);
  const when = Math.floor(place / points.length) === 0 ? 'before' : 'after';
  const point = points[place % points.length] as Point;
  return { point, nth: 1 + chance.upTo(1), when, deed: planDeed(chance, kind) };
}

const WHERE: Readonly<Record<Emphasis, readonly Point[]>> = {
  any: points,
  copy: ['copying', 'copied'],
  merge: ['locking', 'writing', 'ledger', 'merged'],
  cancel: ['ledger', 'merged'],
};

function planFault(chance: Chance, emphasis: Emphasis): Fault {
  const point = chance.one(WHERE[emphasis]);
  const deed = emphasis === 'any' ? planDeed(chance, anyKind(chance)) : planDisaster(chance, emphasis);
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

function anyKind(chance: Chance): Deed['kind'] {
  return chance.weighted({
    cut: 5,
    blackhole: 1,
    'kill-worker': 5,
    'stop-worker': 2,
    'freeze-worker': 3,
    'kill-postgres': 2,
    'stop-postgres': 1.5,
    'crash-backend': 2,
    'restart-temporal': 1.5,
    'kill-temporal': 1.5,
    'wipe-cache': 1.5,
    'cancel-month': 3,
    'cancel-range': 1.5,
    'terminate-month': 1,
    republish: 2,
  });
}

function planDeed(chance: Chance, kind: Deed['kind']): Deed {
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
    case 'kill-temporal':
      return { kind, downMs: soon };
    case 'cancel-month':
      return { kind, cut: chance.happens(0.4) };
    default:
      return { kind };
  }
}
