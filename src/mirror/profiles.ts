import { weighted, type Quantiles, type Weighted } from './distributions.ts';
import type { HourWeights } from './pickup-slot.ts';
import type { TaxiDataset } from './trip-file-options.ts';
import { greenDropoffs, greenPickups, unmeteredZones, yellowDropoffs, yellowPickups } from './zones.ts';

/** What distinguishes the metered trips of one kind of taxi; shares are of 1. */
export interface MeteredProfile {
  pickupZones: Weighted;
  dropoffZones: Weighted;
  /** Trips that end in the zone where they began, besides those that do so by chance. */
  sameZone: number;
  /** Hundredths of a mile; a value below zero is written as zero, as many real trips are. */
  distances: Quantiles;
  secondVendor: number;
  passengers: Weighted;
  payments: Weighted;
  /** Credit card tips: percent of the bill, or one of the two other habits. */
  tips: Weighted;
  /** Trips at JFK's flat fare. */
  airportFlat: number;
  /** Trips at a negotiated fare. */
  negotiated: number;
  congestionSurcharge: number;
  congested: number;
}

/** Codes of `MeteredProfile.tips` that are no percentage. */
export const Tip = { none: 0, wholeDollars: 100 } as const;

export const meteredProfiles: Readonly<Record<TaxiDataset, MeteredProfile>> = {
  yellow: {
    pickupZones: yellowPickups,
    dropoffZones: yellowDropoffs,
    sameZone: 0.04,
    distances: [
      -18, 43, 61, 77, 90, 101, 117, 130, 149, 166, 185, 209, 231, 262, 301, 355, 424, 549, 771, 1195, 2302,
    ],
    secondVendor: 0.69,
    passengers: weighted([1, 700, 2, 157, 3, 49, 5, 27, 6, 25, 0, 21, 4, 21]),
    payments: weighted([1, 667, 2, 316, 3, 10, 4, 7]),
    tips: weighted([Tip.none, 7, Tip.wholeDollars, 24, 20, 45, 25, 12, 30, 8, 15, 4]),
    airportFlat: 0.021,
    negotiated: 0.009,
    congestionSurcharge: 250,
    congested: 0.85,
  },
  green: {
    pickupZones: greenPickups,
    dropoffZones: greenDropoffs,
    sameZone: 0.12,
    distances: [
      -22, 10, 53, 70, 82, 94, 107, 120, 133, 148, 164, 184, 207, 235, 269, 310, 367, 455, 596, 831, 1934,
    ],
    secondVendor: 0.836,
    passengers: weighted([1, 863, 2, 73, 5, 26, 6, 18, 3, 14, 4, 5, 0, 1]),
    payments: weighted([1, 528, 2, 464, 3, 6, 4, 2]),
    tips: weighted([Tip.none, 22, Tip.wholeDollars, 18, 20, 42, 25, 9, 30, 6, 15, 3]),
    airportFlat: 0.002,
    negotiated: 0.028,
    congestionSurcharge: 275,
    congested: 0.16,
  },
};

/** The trips without a meter's report; the two kinds of taxi do not differ in them. */
export const unmeteredProfile = {
  zones: unmeteredZones,
  sameZone: 0.05,
  distances: [
    0, 77, 122, 162, 201, 241, 285, 329, 376, 427, 485, 548, 620, 705, 806, 928, 1070, 1250, 1463, 1787, 2475,
  ],
  /** Cents that a fare lies off what distance and time explain. */
  fareResiduals: [-1400, -500, -330, -230, -110, 20, 180, 400, 2900],
} as const;

/** Times of median speed that a trip takes. */
export const pace: Quantiles = [0.4, 0.7, 0.81, 0.9, 1, 1.1, 1.21, 1.4, 2.3];

const WORKDAY = [18, 11, 7, 5, 5, 6, 15, 37, 55, 57, 53, 50, 48, 47, 57, 63, 67, 75, 77, 69, 59, 47, 39, 31];
const WEEKEND = [
  45, 36, 28, 21, 13, 9, 9, 13, 22, 33, 39, 47, 49, 56, 58, 57, 65, 71, 68, 63, 59, 53, 43, 41,
];
const UNMETERED = [
  6, 2, 1, 4, 13, 21, 40, 59, 72, 82, 79, 74, 76, 77, 72, 65, 65, 56, 40, 27, 22, 20, 17, 11,
];

/** How many metered trips begin in each hour: two rush hours on workdays, late nights at weekends. */
export const meteredHours: HourWeights = (weekday) => (weekday < 5 ? WORKDAY : WEEKEND);

/** How many trips without a meter's report begin in each hour: by day. */
export const unmeteredHours: HourWeights = () => UNMETERED;
