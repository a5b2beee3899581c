import { generateTrips, type TripFileOptions } from '../../src/mirror/index.ts';

/** The whole text of a generated file. */
export function textOf(options: TripFileOptions): string {
  return Buffer.concat([...generateTrips(options)]).toString('latin1');
}

/** A row by the column names of its file's header, in lower case and without the names' `tpep_` or `lpep_`. */
export type Row = Readonly<Record<string, string>>;

/** The data rows of a generated file. */
export function rowsOf(options: TripFileOptions): Row[] {
  const [header = '', ...lines] = textOf(options).split('\r\n').slice(0, -1);
  const names = header.split(',').map((name) => name.toLowerCase().replace(/^[tl]pep_/, ''));
  return lines.map((line) => {
    const fields = line.split(',');
    if (fields.length !== names.length) throw new Error(`${fields.length} fields: ${line}`);
    return Object.fromEntries(names.map((name, i) => [name, fields[i] ?? '']));
  });
}

/** A row's seven key columns, with another fare if one is given. */
export function keyOf(row: Row, fare = row['fare_amount']): string {
  return [
    row['vendorid'],
    row['pickup_datetime'],
    row['dropoff_datetime'],
    row['pulocationid'],
    row['dolocationid'],
    fare,
    row['trip_distance'],
  ].join('|');
}

/** Everything that a generated file's counts are about, counted from its rows. */
export function census(rows: readonly Row[], month: string) {
  const all = new Set<string>();
  const keys = new Set(rows.map((row) => keyOf(row)));
  for (const row of rows) all.add(Object.values(row).join('|'));
  const negative = rows.filter((row) => row['fare_amount']?.startsWith('-'));
  return {
    rows: rows.length,
    outsideMonth: rows.filter((row) => !row['pickup_datetime']?.startsWith(`${month}-`)).length,
    exactDuplicates: rows.length - all.size,
    keyTwins: all.size - keys.size,
    negativeFares: negative.length,
    refundPairs: negative.filter((row) => keys.has(keyOf(row, row['fare_amount']?.slice(1)))).length,
    nullTail: rows.filter((row) => row['vendorid'] === '').length,
  };
}
