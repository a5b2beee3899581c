/** Colours for terminals. Piped output is plain text, in CI too, which picocolors by itself takes for a terminal. */
import picocolors from 'picocolors';

function colorsFor(stream: NodeJS.WriteStream): ReturnType<typeof picocolors.createColors> {
  const { FORCE_COLOR, NO_COLOR, TERM } = process.env;
  return picocolors.createColors(!NO_COLOR && (Boolean(FORCE_COLOR) || (stream.isTTY && TERM !== 'dumb')));
}

/** For results, which go to stdout. */
export const colors = colorsFor(process.stdout);

/** For progress and failures, which go to stderr. */
export const noteColors = colorsFor(process.stderr);
