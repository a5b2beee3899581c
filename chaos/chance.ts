import type { Random } from '../src/mirror/random.ts';

/** Decisions drawn from a sequence of numbers. */
export interface Chance {
  happens(probability: number): boolean;
  /** A whole number of at least 0 and at most `most`. */
  upTo(most: number): number;
  one<T>(choices: readonly T[]): T;
  /** One of the keys, each as likely as its weight. */
  weighted<K extends string>(weights: Readonly<Record<K, number>>): K;
}

export function createChance(random: Random): Chance {
  const upTo = (most: number) => Math.floor(random() * (most + 1));
  return {
    happens: (probability) => random() < probability,
    upTo,
    one<T>(choices: readonly T[]): T {
      if (choices.length === 0) throw new RangeError('there is nothing to choose from');
      return choices[upTo(choices.length - 1)] as T;
    },
    weighted<K extends string>(weights: Readonly<Record<K, number>>) {
      const entries = Object.entries(weights) as [K, number][];
      let left = random() * entries.reduce((sum, [, weight]) => sum + weight, 0);
      for (const [key, weight] of entries) {
        left -= weight;
        if (left < 0) return key;
      }
      return (entries.at(-1) as [K, number])[0];
    },
  };
}
