/** The next number of a sequence, at least 0 and below 1. */
export type Random = () => number;

/** A sequence that its 32-bit seed decides alone (mulberry32): integer arithmetic, the same on every machine. */
export function createRandom(seed: number): Random {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 0x100000000;
  };
}

/** A 32-bit number out of a text (FNV-1a). */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash | 0;
}

/** A 32-bit number out of two (MurmurHash3's finalizer): neighbouring numbers end far apart. */
export function hashNumber(seed: number, number: number): number {
  let hash = seed ^ Math.imul(number | 0, 0x9e3779b1);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

/**
 * The place of `index` in a shuffled order of the numbers below `size` (at most 2^31): each number once, no list
 * kept. Every step maps the next power of two onto itself; a place beyond `size` is mapped on until one fits.
 */
export function shuffled(index: number, size: number, key: number): number {
  const bits = Math.max(2, 32 - Math.clz32(size - 1));
  const mask = 2 ** bits - 1;
  const half = bits >> 1;
  let place = index;
  do {
    place = (Math.imul(place, 0x9e3779b1) + key) & mask;
    place ^= place >>> half;
    place = (Math.imul(place, 0x85ebca6b) + (key >>> 11)) & mask;
    place ^= place >>> half;
  } while (place >= size);
  return place;
}
