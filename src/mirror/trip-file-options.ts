import type { MonthString } from '../contract.ts';
import { isMonth } from '../datasets/month.ts';

/** The data sets whose files can be generated. */
export type MirroredDataset = 'yellow' | 'green';

/** What a generated trip file holds. Every count is exact; those left out get the share that real files have. */
export interface TripFileOptions {
  dataset: MirroredDataset;
  month: MonthString;
  /** Data rows of the whole file, whatever they are. */
  rows: number;
  /** Another seed is another file; 1 by default. */
  seed?: number;
  /** Rows whose pickup lies outside the month; 1 in 10,000 by default. */
  outsideMonth?: number;
  /** Rows equal to an earlier row in the seven key columns, but not in all columns; none by default. */
  keyTwins?: number;
  /** Rows equal to an earlier row in every column; none by default. */
  exactDuplicates?: number;
  /** Pairs of a negative row and a positive one, equal in the key but for the fare's sign; 0.3 % by default. */
  refundPairs?: number;
  /** Rows at the end of the file of which the meter reported nothing; 5 % of yellow, 30 % of green by default. */
  nullTail?: number;
}

/** The options with every count decided. */
export interface TripFilePlan extends Required<TripFileOptions> {
  /** Metered trips, each told once: the rows less the null tail, the surplus rows and the refunds. */
  rides: number;
}

const NULL_TAIL_SHARE: Readonly<Record<MirroredDataset, number>> = { yellow: 0.05, green: 0.3 };
const REFUND_SHARE = 0.003;
const OUTSIDE_MONTH_SHARE = 0.0001;

/** Decides every count; throws a RangeError for options that no file can satisfy. */
export function planTripFile(options: TripFileOptions): TripFilePlan {
  const { dataset, month, rows, seed = 1, keyTwins = 0, exactDuplicates = 0 } = options;
  if (!Object.hasOwn(NULL_TAIL_SHARE, dataset)) throw new RangeError(`no ${dataset} files can be generated`);
  if (!isMonth(month)) throw new RangeError(`${month} is not a month such as 2021-03`);
  for (const [name, value] of Object.entries(options)) {
    if (name === 'dataset' || name === 'month') continue;
    if (!Number.isSafeInteger(value) || (value < 0 && name !== 'seed')) {
      throw new RangeError(`${name} is ${String(value)}, not a whole number`);
    }
  }

  const asked =
    keyTwins +
    exactDuplicates +
    2 * (options.refundPairs ?? 0) +
    (options.outsideMonth ?? 0) +
    (options.nullTail ?? 0);
  if (asked > rows) throw new RangeError(`${rows} rows cannot hold the ${asked} special rows asked for`);
  const nullTail = options.nullTail ?? Math.round((rows - asked) * NULL_TAIL_SHARE[dataset]);
  const plain = options.nullTail === undefined ? rows - asked - nullTail : rows - asked;
  const refundPairs = options.refundPairs ?? Math.round(plain * REFUND_SHARE);
  const outsideMonth = options.outsideMonth ?? Math.round(plain * OUTSIDE_MONTH_SHARE);

  const rides = rows - nullTail - keyTwins - exactDuplicates - refundPairs;
  if (keyTwins + exactDuplicates > 0 && rides === outsideMonth) {
    throw new RangeError('twins and duplicates need a metered row inside the month to repeat');
  }
  return {
    dataset,
    month,
    rows,
    seed,
    outsideMonth,
    keyTwins,
    exactDuplicates,
    refundPairs,
    nullTail,
    rides,
  };
}
