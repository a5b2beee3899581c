/** How a check says what is wrong with a value and what would be right. */

/** How much of a bad value, or of its name, a message repeats. */
const MAX_SHOWN = 80;

/** A text, cut where it is too long for a message. */
export function shortened(text: string): string {
  return text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN - 1)}…`;
}

/** A value as a message repeats it. */
export function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  try {
    return shortened(JSON.stringify(value));
  } catch {
    return 'a value too deep to show';
  }
}

/** The message for a value of another type. */
export const must = (be: string) => (issue: { input: unknown }) => `must ${be}, not ${show(issue.input)}`;

/** The message for a value of the right type. */
export const isNot = (what: string) => (issue: { input: unknown }) => `${show(issue.input)} is not ${what}`;
