import type { MonthString } from '../contract.ts';
import { addMonths } from '../datasets/month.ts';
import { hashNumber, shuffled, type Random } from './random.ts';

/**
 * A trip's beginning. Trips that share a pickup never share a layer, so that a trip which writes its layer into
 * another column of the key (the duration, the distance) differs from all others, and nobody has to remember rows.
 */
export interface PickupSlot {
  pickup: number;
  /** Below `layers`, which is the same for every trip of this pickup. */
  layer: number;
  layers: number;
}

/** Which trips happen when: the weight of each hour of a day from Monday (0) to Sunday (6). */
export type HourWeights = (weekday: number) => readonly number[];

/** The slot of the `index`th trip; the random numbers move it by seconds. */
export type PickupSlots = (index: number, random: Random) => PickupSlot;

const DAY = 86_400;
const HOUR = 3_600;
const TRIPS_PER_CELL = 4;

/** The first second of a day such as `2021-03-01`. */
export function secondOf(day: string): number {
  return Date.parse(`${day}T00:00:00Z`) / 1000;
}

/** The day of the week of a second, Monday being 0. */
export function weekdayOf(second: number): number {
  return (((Math.floor(second / DAY) + 3) % 7) + 7) % 7;
}

/** The second of its day. */
export function secondOfDay(second: number): number {
  return second - Math.floor(second / DAY) * DAY;
}

/**
 * The slots of `count` trips of a month, hour after hour as in real files and shuffled within the hour. `unit` is
 * the seconds between two possible pickups: 1, or 60 for whole minutes.
 *
 * An hour is cut into cells of about four trips. A trip draws its pickup from its own cell only, and its layer is
 * its number in that cell.
 */
export function slotsInMonth(
  month: MonthString,
  count: number,
  weights: HourWeights,
  unit: 1 | 60,
  seed: number,
): PickupSlots {
  const begin = secondOf(`${month}-01`);
  const hours = (secondOf(`${addMonths(month, 1)}-01`) - begin) / HOUR;
  const firstOfHour = firstTripOfHours(begin, hours, count, weights);
  const units = HOUR / unit;

  return function slotInMonth(index, random) {
    const hour = hourOf(firstOfHour, index);
    const first = firstOfHour[hour] as number;
    const trips = (firstOfHour[hour + 1] as number) - first;
    const cells = Math.min(units, Math.max(1, Math.floor(trips / TRIPS_PER_CELL)));
    const place = shuffled(index - first, trips, hashNumber(seed, hour));
    const cell = Math.floor((place * cells) / trips);
    const from = Math.floor((cell * units) / cells);
    const to = Math.floor(((cell + 1) * units) / cells);
    return {
      pickup: begin + hour * HOUR + (from + Math.floor(random() * (to - from))) * unit,
      layer: place - Math.ceil((cell * trips) / cells),
      layers: Math.ceil(trips / cells),
    };
  };
}

/** The slots of `count` trips that a month's file holds by mistake: of the months next to it, and decades off. */
export function slotsOutsideMonth(month: MonthString, count: number): PickupSlots {
  const begin = secondOf(`${month}-01`);
  const end = secondOf(`${addMonths(month, 1)}-01`);
  const strayDays = ['2008-12-31', '2009-01-01', '2041-08-17'].map(secondOf);
  const days = [...new Set([begin - DAY, end, ...strayDays])].filter((day) => day < begin || day >= end);
  const layers = Math.ceil(count / days.length / DAY);

  return function slotOutsideMonth(index) {
    const nth = Math.floor(index / days.length);
    // A prime step comes to every second of the day before it comes to any one again.
    const second = ((nth + 1) * 7_919) % DAY;
    return { pickup: (days[index % days.length] as number) + second, layer: Math.floor(nth / DAY), layers };
  };
}

function firstTripOfHours(begin: number, hours: number, count: number, weights: HourWeights): Float64Array {
  const before = new Float64Array(hours + 1);
  for (let hour = 0; hour < hours; hour++) {
    const weight = weights(weekdayOf(begin + hour * HOUR))[hour % 24] as number;
    before[hour + 1] = (before[hour] as number) + weight;
  }
  const total = before[hours] as number;
  return before.map((weight) => Math.floor((count * weight) / total));
}

/** The last hour that begins at or before a trip. */
function hourOf(firstOfHour: Float64Array, index: number): number {
  let low = 0;
  let high = firstOfHour.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((firstOfHour[middle] as number) <= index) low = middle;
    else high = middle;
  }
  return low;
}
