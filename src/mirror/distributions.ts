import type { Random } from './random.ts';

/** The value at equally spaced shares of a population, the smallest first and the largest last. */
export type Quantiles = readonly number[];

/** A value of a population, by linear interpolation: no function whose last digit depends on the machine. */
export function drawQuantile(quantiles: Quantiles, random: Random): number {
  const place = random() * (quantiles.length - 1);
  const below = Math.floor(place);
  const low = quantiles[below] as number;
  const high = quantiles[below + 1] as number;
  return low + (place - below) * (high - low);
}

/** Values as often as they weigh; one draw is one look-up. */
export type Weighted = Uint16Array;

/** Builds a `Weighted` of value, weight, value, weight and so on; the weights are whole numbers. */
export function weighted(valuesAndWeights: readonly number[]): Weighted {
  const entries: number[] = [];
  for (let i = 0; i < valuesAndWeights.length; i += 2) {
    for (let n = 0; n < (valuesAndWeights[i + 1] as number); n++) entries.push(valuesAndWeights[i] as number);
  }
  return Uint16Array.from(entries);
}

/** One of the values. */
export function drawWeighted(values: Weighted, random: Random): number {
  return values[Math.floor(random() * values.length)] as number;
}
