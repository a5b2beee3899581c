/** Colours where a terminal shows them. picocolors by itself takes every CI for one, piped output included. */
import { WriteStream } from 'node:tty';
import picocolors from 'picocolors';

const colorsFor = (stream: NodeJS.WritableStream) =>
  picocolors.createColors(stream instanceof WriteStream && stream.hasColors());

/** For results, which go to stdout. */
export const colors = colorsFor(process.stdout);

/** For progress and failures, which go to stderr. */
export const noteColors = colorsFor(process.stderr);
