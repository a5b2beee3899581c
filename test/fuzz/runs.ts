import type { Parameters } from 'fast-check';

/** `FUZZ=20 npx vitest run test/fuzz` looks twenty times as long. */
const FACTOR = Number(process.env['FUZZ'] ?? 1);
/** Without `FUZZ` every run tries the same values, so that a change is to blame when one fails. */
const SEED = process.env['FUZZ'] === undefined ? { seed: 2_009 } : {};

/**
 * How often a property is tried; with `FUZZ`, with values that differ from run to run. One that fails prints its seed
 * and path; given as `{ seed, path }` to its `fc.assert` they make the same values again.
 */
export function runs<T>(count: number): Parameters<T> {
  return { numRuns: Math.max(1, Math.round(count * FACTOR)), ...SEED };
}
