/** Commands on a terminal of 80 columns and 24 rows, which `script` provides. */
import { PROGRAM, type RunningCli, startProgram } from './cli.ts';

const COLUMNS = 80;
/** A control sequence, or one character. */
const TOKEN = new RegExp(`\u001B\\[([\\d;?]*)([A-Za-z])|[^]`, 'gu');

/** Starts a command on a terminal; its stdout is all that the terminal is sent. */
export function startOnTerminal(words: string, env: Readonly<Record<string, string>>): Promise<RunningCli> {
  const shell = `stty cols ${COLUMNS} rows 24 && exec "${process.execPath}" "${PROGRAM}" ${words}`;
  return startProgram('script', ['-qec', shell, '/dev/null'], { env: { ...env, TERM: 'xterm-256color' } });
}

/** The lines that are on the terminal after this output, those that scrolled away too. */
export function screenAfter(output: string): string[] {
  const screen: string[] = [''];
  let row = 0;
  let column = 0;
  for (const [token, number = '', letter] of output.matchAll(TOKEN)) {
    const line = screen[row] ?? '';
    if (letter === 'A') row = Math.max(0, row - Number(number || 1));
    else if (letter === 'G') column = Number(number || 1) - 1;
    else if (letter === 'K') screen[row] = number === '2' ? '' : line.slice(0, column);
    else if (letter === 'J') screen.splice(row, screen.length, line.slice(0, column));
    else if (letter !== undefined) continue;
    else if (token === '\r') column = 0;
    else if (token === '\n') row++;
    else {
      if (column === COLUMNS) {
        row++;
        column = 0;
      }
      screen[row] =
        (screen[row] ?? '').padEnd(column).slice(0, column) + token + (screen[row] ?? '').slice(column + 1);
      column++;
    }
  }
  return Array.from(screen, (line: string | undefined) => line ?? '').filter((line) => line !== '');
}
