import { createRowWriter } from './csv-row.ts';
import { planTripFile, type TripFileOptions, type TripFilePlan } from './trip-file-options.ts';
import { tripSequence } from './trip-sequence.ts';
import { headerOf } from './written-layout.ts';

const CHUNK_BYTES = 128 * 1024;

/**
 * The text of a CSV trip file as the TLC published it, in chunks that are made as they are asked for: a header and
 * exactly `rows` rows, each ended by CRLF. The same options give the same bytes on every machine. No two trips share
 * their key columns except the twins and duplicates asked for; where a layout lacks some of these columns, rows may.
 * Throws a RangeError at once for options that no file can satisfy.
 */
export function generateTrips(options: TripFileOptions): Generator<Buffer, void> {
  const plan = planTripFile(options);
  if (plan.format !== 'csv') throw new RangeError('a Parquet file is no text; writeTripFile writes one');
  return textOf(plan);
}

/** The text of a planned file's header and rows. */
export function* textOf(plan: TripFilePlan): Generator<Buffer, void> {
  const row = createRowWriter(plan);
  let text = headerOf(plan.written);
  for (const trip of tripSequence(plan)) {
    text += `${row(trip)}\r\n`;
    if (text.length >= CHUNK_BYTES) {
      yield Buffer.from(text, 'latin1');
      text = '';
    }
  }
  if (text !== '') yield Buffer.from(text, 'latin1');
}
