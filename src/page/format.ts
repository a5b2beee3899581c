/** `1234567` as `1,234,567`. */
export function count(n: number): string {
  return String(n).replaceAll(/\B(?=(\d{3})+$)/g, ',');
}

/** `1234567` as `1.2 M`, for axes. */
export function short(n: number): string {
  for (const [size, unit] of [
    [1e9, 'G'],
    [1e6, 'M'],
    [1e3, 'k'],
  ] as const) {
    if (n >= size) return `${Number((n / size).toPrecision(3))} ${unit}`;
  }
  return String(Number(n.toPrecision(3)));
}

/** An ISO 8601 time as `2026-11-24 20:15`, in UTC. */
export function minute(iso: string): string {
  return iso.slice(0, 16).replace('T', ' ');
}
