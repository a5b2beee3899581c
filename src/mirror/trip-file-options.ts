import type { MonthString, SourceFormat } from '../contract.ts';
import { isMonth } from '../datasets/month.ts';
import { findWrittenLayout, type WrittenLayout } from './written-layout.ts';

/** The data sets of metered trips. */
export type TaxiDataset = 'yellow' | 'green';

/** The data sets whose files can be generated. */
export type MirroredDataset = TaxiDataset | 'fhv' | 'fhvhv';

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
  /** Rows equal to an earlier row in the key columns, but not in all columns; none by default. */
  keyTwins?: number;
  /** Rows equal to an earlier row in every column; none by default. */
  exactDuplicates?: number;
  /** Pairs of a negative row and a positive one, equal in the key but for the fare's sign; taxis only, 0.3 % by default. */
  refundPairs?: number;
  /**
   * Rows at the end of the file of which the meter reported nothing; taxis only, from 2019 on 5 % of yellow and 30 % of
   * green by default, before that none.
   */
  nullTail?: number;
  /** `csv` by default. */
  format?: SourceFormat;
  /** Name of one of the data set's layouts; by default the one that the TLC used in that month. */
  layout?: string;
  /** CSV: writes whole numbers that may be missing as `1.0`, as files of the second half of 2021 do. */
  decimalIntegers?: boolean;
  /** Parquet: rows of a row group. The TLC's files are one group each, which takes as much memory to write. */
  rowGroupRows?: number;
}

/** The options with everything decided. */
export interface TripFilePlan extends Required<TripFileOptions> {
  /** Trips that are told once: the rows less the null tail, the surplus rows and the refunds. */
  rides: number;
  written: WrittenLayout;
}

const NULL_TAIL_SHARE: Readonly<Record<MirroredDataset, number>> = {
  yellow: 0.05,
  green: 0.3,
  fhv: 0,
  fhvhv: 0,
};
const NULL_TAIL_SINCE = '2019-01';
const REFUND_SHARE = 0.003;
const OUTSIDE_MONTH_SHARE = 0.0001;
const ROW_GROUP_ROWS = 122_880;

/** Whether a data set's trips are metered. */
export function isTaxi(dataset: MirroredDataset): dataset is TaxiDataset {
  return dataset === 'yellow' || dataset === 'green';
}

/** Decides everything; throws a RangeError for options that no file can satisfy. */
export function planTripFile(options: TripFileOptions): TripFilePlan {
  const { dataset, month, rows, seed = 1, keyTwins = 0, exactDuplicates = 0 } = options;
  const { format = 'csv', decimalIntegers = false, rowGroupRows = ROW_GROUP_ROWS } = options;
  if (!Object.hasOwn(NULL_TAIL_SHARE, dataset)) throw new RangeError(`no ${dataset} files can be generated`);
  if (!isMonth(month)) throw new RangeError(`${month} is not a month such as 2021-03`);
  const counts = { rows, seed, keyTwins, exactDuplicates, rowGroupRows, ...countsOf(options) };
  for (const [name, value] of Object.entries(counts)) {
    if (!Number.isSafeInteger(value) || (value < 0 && name !== 'seed')) {
      throw new RangeError(`${name} is ${String(value)}, not a whole number`);
    }
  }
  if (!isTaxi(dataset) && (options.refundPairs ?? 0) + (options.nullTail ?? 0) > 0) {
    throw new RangeError(`${dataset} files have neither refunds nor a null tail`);
  }
  const written = findWrittenLayout(dataset, format, month, options.layout);

  const asked =
    keyTwins +
    exactDuplicates +
    2 * (options.refundPairs ?? 0) +
    (options.outsideMonth ?? 0) +
    (options.nullTail ?? 0);
  if (asked > rows) throw new RangeError(`${rows} rows cannot hold the ${asked} special rows asked for`);
  const nullTailShare =
    written.from >= NULL_TAIL_SINCE || month >= NULL_TAIL_SINCE ? NULL_TAIL_SHARE[dataset] : 0;
  const nullTail = options.nullTail ?? Math.round((rows - asked) * nullTailShare);
  const plain = options.nullTail === undefined ? rows - asked - nullTail : rows - asked;
  const refundPairs = options.refundPairs ?? (isTaxi(dataset) ? Math.round(plain * REFUND_SHARE) : 0);
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
    format,
    layout: written.layout.name,
    decimalIntegers,
    rowGroupRows,
    rides,
    written,
  };
}

/** The counts that were given. */
function countsOf({ outsideMonth, refundPairs, nullTail }: TripFileOptions): Record<string, number> {
  const counts = Object.entries({ outsideMonth, refundPairs, nullTail });
  return Object.fromEntries(counts.filter((entry): entry is [string, number] => entry[1] !== undefined));
}
