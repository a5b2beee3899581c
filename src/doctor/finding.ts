/** What one check found. */
import { reasonOf } from '../operations/errors.ts';

/** `failed`: no load can succeed like this. `warning`: loads work, but not as they could. `skipped`: not to be told. */
export type Outcome = 'ok' | 'warning' | 'failed' | 'skipped';

/** One line of `fareflow doctor`. */
export interface Finding {
  check: string;
  outcome: Outcome;
  /** What is there. */
  found: string;
  /** What to do, where something is to be done. */
  advice?: string;
}

export function ok(check: string, found: string): Finding {
  return { check, outcome: 'ok', found };
}

export function warning(check: string, found: string, advice: string): Finding {
  return { check, outcome: 'warning', found, advice };
}

export function failed(check: string, found: string, advice: string): Finding {
  return { check, outcome: 'failed', found, advice };
}

export function skipped(check: string, found: string): Finding {
  return { check, outcome: 'skipped', found };
}

/** Runs a check; what it throws is what it found. */
export async function finding(check: string, advice: string, look: () => Promise<Finding>): Promise<Finding> {
  try {
    return await look();
  } catch (error) {
    return failed(check, reasonOf(error), advice);
  }
}
