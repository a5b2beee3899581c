/** Values as they are spelled in trip files. */

const PREPARED = 10_000;
const twoDigits = Array.from({ length: 100 }, (_, n) => String(n).padStart(2, '0'));
const preparedMoney = Array.from({ length: PREPARED }, (_, cents) => spellMoney(cents));

/** Amounts as published, without closing zeros: `0`, `6.5`, `-0.5`, `38.19`. */
export function money(cents: number): string {
  if (cents < 0) return `-${money(-cents)}`;
  return preparedMoney[cents] ?? spellMoney(cents);
}

function spellMoney(cents: number): string {
  return String(cents / 100);
}

/** Distances as published, two decimals and no zero before the point: `.00`, `.50`, `1.80`. */
export function miles(hundredths: number): string {
  const whole = Math.floor(hundredths / 100);
  return `${whole === 0 ? '' : whole}.${twoDigits[hundredths % 100] as string}`;
}

/** A number with the 17 digits that its binary form needs at most, less closing zeros: `2.6299999999999999`, `0.5`. */
export function allDigits(value: number): string {
  if (Number.isInteger(value)) return String(value);
  return value.toPrecision(17).replace(/0+$/, '');
}

/** Writes times as `2021-03-01 00:20:18`. */
export type TimeWriter = (second: number) => string;

/** A writer of times; a file has few days, so each is spelled once. */
export function createTimeWriter(): TimeWriter {
  const days = new Map<number, string>();
  return (second) => {
    const day = Math.floor(second / 86_400);
    let text = days.get(day);
    if (text === undefined) {
      text = new Date(day * 86_400_000).toISOString().slice(0, 10);
      days.set(day, text);
    }
    const rest = second - day * 86_400;
    const hours = twoDigits[Math.floor(rest / 3_600)] as string;
    const minutes = twoDigits[Math.floor((rest % 3_600) / 60)] as string;
    return `${text} ${hours}:${minutes}:${twoDigits[rest % 60] as string}`;
  };
}
