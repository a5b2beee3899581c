/** How many rows may be set aside: a number of rows, or a share of the file's, 0 to 1. */
export type BadRowLimit = { rows: number } | { share: number };

/** The limit that a load has if nobody gives one. */
export const DEFAULT_BAD_ROW_LIMIT: BadRowLimit = { rows: 100 };

/** Reads `100`, `"100"` or `"0.5%"`; undefined for anything else. */
export function parseBadRowLimit(limit: number | string): BadRowLimit | undefined {
  const [, number, percent] = /^(\d+(?:\.\d+)?)(%)?$/.exec(String(limit)) ?? [];
  if (number === undefined) return undefined;
  const value = Number(number);
  if (percent === '%') return value <= 100 ? { share: value / 100 } : undefined;
  return Number.isSafeInteger(value) ? { rows: value } : undefined;
}

/** Whether so many bad rows among all of a file's are more than the limit. */
export function isBeyond(limit: BadRowLimit, bad: number, all: number): boolean {
  return 'rows' in limit ? bad > limit.rows : bad > limit.share * all;
}
