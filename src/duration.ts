/** Lengths of time as people write them: `90 days`, `6h`, `30 s`. */

const UNITS: readonly (readonly [RegExp, number])[] = [
  [/^s(?:ec(?:onds?)?)?$/, 1_000],
  [/^m(?:in(?:utes?)?)?$/, 60_000],
  [/^h(?:ours?)?$/, 3_600_000],
  [/^d(?:ays?)?$/, 86_400_000],
  [/^w(?:eeks?)?$/, 604_800_000],
];

/** Milliseconds, or undefined for a text that is no length of time. */
export function parseDuration(text: string): number | undefined {
  const [, number = '', unit = ''] = /^(\d{1,9}(?:\.\d{1,3})?) ?([a-z]{1,7})$/.exec(text.trim()) ?? [];
  const factor = UNITS.find(([pattern]) => pattern.test(unit))?.[1];
  return factor === undefined ? undefined : Math.round(Number(number) * factor);
}
