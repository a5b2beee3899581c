import type { Parameters } from 'fast-check';

/** `FUZZ=20 npx vitest run test/fuzz` looks twenty times as long. */
const FACTOR = Number(process.env['FUZZ'] ?? 1);

/**
 * How often a property is tried, with values that differ from run to run. One that fails prints its seed and path;
 * given as `{ seed, path }` to its `fc.assert` they make the same values again.
 */
export function runs(count: number): Parameters<unknown> {
  return { numRuns: Math.max(1, Math.round(count * FACTOR)) };
}

/** How many values a property takes that tries them all at once. */
export function samples(count: number): number {
  return Math.max(1, Math.round(count * FACTOR));
}
