import { noteColors as colors } from './colors.ts';

/** How a load ended, shorter than in a report, where one word has to say it all. */
export const STATUS_WORDS = { loaded: 'loaded', skipped: 'skipped', not_published: 'not yet' } as const;

/** `1234567` as `1,234,567`, the same on every machine. */
export function count(n: number): string {
  return String(n).replaceAll(/\B(?=(\d{3})+$)/g, ',');
}

/** A share, 0 to 1, as `12.3 %`. */
export function percent(share: number): string {
  return `${Number((share * 100).toPrecision(3))} %`;
}

/** Bytes as `12.3 MB`. */
export function bytes(n: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, n < 1000 ? 0 : Math.floor(Math.log10(n) / 3));
  return power === 0 ? `${n} B` : `${(n / 1000 ** power).toFixed(1)} ${units[power]}`;
}

/** Milliseconds as `1.8 s`, or `3 min 5 s` where that says more. */
export function seconds(ms: number): string {
  if (ms < 100_000) return `${(ms / 1000).toFixed(1)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
}

/** A bar of `width` characters, as full as `share` says (0 to 1). */
export function bar(share: number, width: number): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * width);
  return colors.cyan('━'.repeat(full)) + colors.dim('━'.repeat(width - full));
}

/** A text cut to a width, with a sign that it was. */
export function cut(text: string, width: number): string {
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length <= width ? line : `${line.slice(0, width - 1)}…`;
}

/** A message of a step without the data set and month that it begins with, where those are said already. */
export function withoutSubject(message: string, subject: string): string {
  return message.replace(`${subject}: `, '');
}

/** A time in ISO 8601 as `2021-03-05 09:00 UTC`. */
export function minute(iso: string): string {
  return `${iso.slice(0, 16).replace('T', ' ')} UTC`;
}
