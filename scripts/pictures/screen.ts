/** What a terminal shows over time, as frames. */
import { createRequire } from 'node:module';
import type { Terminal } from '@xterm/headless';

export const COLUMNS = 80;

/** Characters in a row that look alike. */
export interface Run {
  column: number;
  text: string;
  /** One of the sixteen colours; undefined for the terminal's own. */
  color: number | undefined;
  bold: boolean;
  dim: boolean;
}

/** The rows that are on the screen from a moment on, in milliseconds since the first one. */
export interface Frame {
  at: number;
  rows: Run[][];
}

/** A terminal that takes output and keeps what it showed. */
export interface Screen {
  readonly frames: readonly Frame[];
  /** Shows more output; the frame is of the moment `at`. */
  write(output: string, at: number): Promise<void>;
}

// The package's entry is CommonJS, and its ES module is not in the package.
const { Terminal: TerminalOfNode } = createRequire(import.meta.url)('@xterm/headless') as {
  Terminal: typeof Terminal;
};

/** An empty terminal of 80 columns, which nobody sees. */
export function createTerminal(rows: number): Terminal {
  return new TerminalOfNode({ cols: COLUMNS, rows, allowProposedApi: true });
}

/** An empty terminal of 80 columns that keeps what it showed. */
export function openScreen(rows: number): Screen {
  const terminal = createTerminal(rows);
  const frames: Frame[] = [];
  return {
    frames,
    async write(output, at) {
      await new Promise<void>((resolve) => terminal.write(output, resolve));
      frames.push({ at, rows: Array.from({ length: rows }, (_, row) => runsOf(terminal, row)) });
    },
  };
}

function runsOf(terminal: Terminal, row: number): Run[] {
  const line = terminal.buffer.active.getLine(terminal.buffer.active.viewportY + row);
  const runs: Run[] = [];
  for (let column = 0; column < COLUMNS; column++) {
    const cell = line?.getCell(column);
    if (cell === undefined) break;
    const text = cell.getChars() || ' ';
    const color = cell.isFgPalette() ? cell.getFgColor() : undefined;
    const [bold, dim] = [cell.isBold() !== 0, cell.isDim() !== 0];
    const last = runs.at(-1);
    if (last !== undefined && last.color === color && last.bold === bold && last.dim === dim)
      last.text += text;
    else runs.push({ column, text, color, bold, dim });
  }
  return runs.filter(({ text }) => text.trim() !== '');
}
