import { createRowWriter, headers } from './csv-row.ts';
import { planTripFile, type TripFileOptions, type TripFilePlan } from './trip-file-options.ts';
import { tripSequence } from './trip-sequence.ts';

const CHUNK_BYTES = 128 * 1024;

/**
 * The text of a trip file as the TLC publishes it, in chunks that are made as they are asked for: a header and
 * exactly `rows` rows, each ended by CRLF. The same options give the same bytes on every machine. No two rows
 * share the seven key columns except the twins and duplicates asked for. Throws a RangeError at once for options
 * that no file can satisfy.
 */
export function generateTrips(options: TripFileOptions): Generator<Buffer, void> {
  return chunksOf(planTripFile(options));
}

function* chunksOf(plan: TripFilePlan): Generator<Buffer, void> {
  const row = createRowWriter(plan.dataset);
  let text = `${headers[plan.dataset]}\r\n`;
  for (const trip of tripSequence(plan)) {
    text += `${row(trip)}\r\n`;
    if (text.length >= CHUNK_BYTES) {
      yield Buffer.from(text, 'latin1');
      text = '';
    }
  }
  if (text !== '') yield Buffer.from(text, 'latin1');
}
