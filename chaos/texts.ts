/** The text of files before anything is changed in them. */
import type { MonthString, SourceFormat } from '../src/contract.ts';
import { addMonths } from '../src/datasets/month.ts';
import { periodBounds } from '../src/datasets/period.ts';
import { textOf } from '../src/mirror/generate-trips.ts';
import { parquetTypes } from '../src/mirror/parquet-types.ts';
import { hashNumber } from '../src/mirror/random.ts';
import { planTripFile, type TripFileOptions, type TripFilePlan } from '../src/mirror/trip-file-options.ts';
import { findWrittenLayout, headerOf, namesOf } from '../src/mirror/written-layout.ts';
import { withField } from './edits.ts';
import { type ChaosDataset, chaosDataset, shiftPeriod } from './datasets.ts';

/** A file's text, in lines. */
export interface FileText {
  /** The header, its end, and what else stands before the first row. */
  head: string;
  /** The columns that the fields fill, null for those that fill none. */
  columns: (string | null)[];
  /** The names in the header with the types that they have in a Parquet file. */
  types: [name: string, type: string][];
  rows: string[];
}

export interface TextOptions {
  dataset: ChaosDataset;
  /** The month that the file is of, which decides its layout. */
  month: MonthString;
  format: SourceFormat;
  rows: number;
  seed: number;
  /** By how many months its rows lie off; 0 by default. */
  distance?: number;
}

export function baseText(options: TextOptions): FileText {
  if (options.dataset === 'zones') return zonesText(options);
  if (options.dataset === 'bike_trips') return bikesText(options);
  return tripsText(options, options.dataset);
}

function tripsText(
  { month, format, rows, seed, distance = 0 }: TextOptions,
  dataset: Exclude<ChaosDataset, 'zones' | 'bike_trips'>,
): FileText {
  const written = findWrittenLayout(dataset, format, month);
  const special = rows < 100 ? {} : { keyTwins: 5, exactDuplicates: 4, outsideMonth: 6 };
  const layout = written.layout.name;
  const rowsOf = addMonths(month, distance);
  const options: TripFileOptions = { dataset, month: rowsOf, format, rows, seed, layout, ...special };
  // In the manner of its own month, also where the rows are of another one.
  const plan: TripFilePlan = { ...planTripFile(options), written };
  const head = headerOf(written);
  const text = Buffer.concat([...textOf(plan)]).toString('latin1');
  const types = format === 'parquet' ? parquetTypes({ ...plan, month }) : [];
  // A column of no type yet, which rows of a later month may fill, stays empty in a file of its month.
  const untyped = types.findIndex(([name, type]) => name === 'wav_match_flag' && type === 'INTEGER');
  const lines = text.slice(head.length).trimEnd().split('\r\n');
  return {
    head,
    columns: namesOf(written).map(([, column]) => column),
    types,
    rows: untyped < 0 ? lines : lines.map((line) => withField(line, untyped, '')),
  };
}

function zonesText({ rows, seed }: TextOptions): FileText {
  const columns = ['locationid', 'borough', 'zone', 'service_zone'];
  const boroughs = ['Queens', 'Bronx', 'N/A', 'Unknown'];
  return {
    head: 'LocationID,Borough,Zone,service_zone\r\n',
    columns,
    types: [],
    rows: Array.from({ length: Math.min(rows, 400) }, (_, i) => {
      const n = i + 1 + (seed % 1_000) * 1_000;
      return `${n},"${boroughs[n % 4] ?? ''}","Zone ${n}","Boro Zone"`;
    }),
  };
}

/** Trips that two neighbouring weeks may both have. */
function bikesText({ dataset, month, rows, seed, distance = 0 }: TextOptions): FileText {
  const week = chaosDataset(dataset);
  const columns = week.columns.map(({ name }) => name);
  const { from } = periodBounds(week, shiftPeriod(dataset, month, distance));
  const begin = Date.parse(`${from.replace(' ', 'T')}Z`);
  return {
    head: `${columns.join(',')}\n`,
    columns,
    types: [],
    rows: Array.from({ length: rows }, (_, i) => {
      const lot = hashNumber(seed, i) >>> 0;
      const started = begin + (lot % 604_800) * 1_000;
      const moment = (at: number) => new Date(at).toISOString().slice(0, 19).replace('T', ' ');
      const station = lot % 9 === 0 ? '' : `"Station ${lot % 40}, north"`;
      return `${lot % 5_000},${moment(started)},${moment(started + (lot % 3_600) * 1_000)},${lot % 9_999}.25,${station}`;
    }),
  };
}
