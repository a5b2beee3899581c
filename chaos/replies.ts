/** How a bad source answers. */
import type { Chance } from './chance.ts';

export type Reply =
  | { kind: 'good' }
  /** The body comes in small pieces. */
  | { kind: 'slow'; ms: number }
  /** Part of the body, and then nothing, though the connection stays. */
  | { kind: 'stall'; share: number }
  | { kind: 'silence' }
  /** Part of the body, then the connection is reset, or closed as if it were all. */
  | { kind: 'reset' | 'cut'; share: number }
  /** The same, and the next request finds the month's next version. */
  | { kind: 'changed'; share: number }
  /** A Content-Length that is too long for what comes, or so short that not all of the file comes. */
  | { kind: 'too-long' | 'too-short' }
  /** All the bytes, some of them flipped. */
  | { kind: 'spoilt' }
  /** An error page with status 200. */
  | { kind: 'page' }
  /** A range that was not asked for. */
  | { kind: 'wrong-range' }
  | { kind: 'status'; status: 403 | 429 | 500 | 503; retryAfter?: number };

/** After two answers like this in one attempt a load may give the file up as broken. */
export function isCorrupting({ kind }: Reply): boolean {
  return kind === 'too-short' || kind === 'spoilt' || kind === 'page';
}

/** The first answers of a source for one file: good ones for most files. */
export function planReplies(chance: Chance): Reply[] {
  if (chance.happens(0.55)) return [];
  return Array.from({ length: 1 + chance.upTo(3) }, () => planReply(chance));
}

function planReply(chance: Chance): Reply {
  const kind = chance.weighted({
    good: 2,
    slow: 2,
    stall: 1,
    silence: 0.5,
    reset: 3,
    cut: 2,
    changed: 3,
    'too-long': 1,
    'too-short': 1,
    spoilt: 1,
    page: 1,
    'wrong-range': 1,
    status: 4,
  });
  switch (kind) {
    case 'slow':
      return { kind, ms: 300 + chance.upTo(1_500) };
    case 'stall':
    case 'reset':
    case 'cut':
    case 'changed':
      return { kind, share: chance.one([0, 0.1, 0.5, 0.95]) };
    case 'status': {
      const status = chance.one([403, 429, 500, 503] as const);
      return status === 429 ? { kind, status, retryAfter: 1 } : { kind, status };
    }
    default:
      return { kind };
  }
}
