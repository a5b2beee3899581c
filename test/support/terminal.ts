/** Commands on a terminal of 80 columns, which `script` provides. */
import { COLUMNS, createTerminal } from '../../scripts/pictures/screen.ts';
import { PROGRAM, type RunningCli, startProgram } from './cli.ts';

const ROWS = 24;

/** What `script` is to be called with for a command of fareflow's. */
export function onTerminal(words: string, rows: number): string[] {
  const shell = `stty cols ${COLUMNS} rows ${rows} && exec "${process.execPath}" "${PROGRAM}" ${words}`;
  return ['-qec', shell, '/dev/null'];
}

/** Starts a command on a terminal; its stdout is all that the terminal is sent. */
export function startOnTerminal(words: string, env: Readonly<Record<string, string>>): Promise<RunningCli> {
  return startProgram('script', onTerminal(words, ROWS), { env: { ...env, TERM: 'xterm-256color' } });
}

/** The lines that are on the terminal after this output, those that scrolled away too; a line that did not fit is whole. */
export async function screenAfter(output: string): Promise<string[]> {
  const terminal = createTerminal(ROWS);
  await new Promise<void>((resolve) => terminal.write(output, resolve));
  const { active } = terminal.buffer;
  const lines: string[] = [];
  for (let row = 0; row < active.length; row++) {
    const line = active.getLine(row);
    const text = line?.translateToString(true) ?? '';
    lines.push(line?.isWrapped === true ? `${lines.pop() ?? ''}${text}` : text);
  }
  return lines.filter((line) => line !== '');
}
