/**
 * `npm run pictures`: the recordings in docs/images, made from the program as it is, on a terminal of 80 columns:
 * loads that run, then the grid of all months.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { monthsBetween } from '../../src/datasets/month.ts';
import { startMirror } from '../../src/mirror/index.ts';
import { PROGRAM } from '../../test/support/cli.ts';
import { onTerminal } from '../../test/support/terminal.ts';
import { drawFrames } from './draw.ts';
import { openScreen, type Screen } from './screen.ts';

const IMAGES = resolve(import.meta.dirname, '../../docs/images');
const ROWS = 30;
/** A reader needs no more frames a second. */
const FRAME_MS = 150;
const READING_MS = 2_500;

const SHOWN = monthsBetween('2026-05', '2026-08');

const home = await mkdtemp(join(tmpdir(), 'fareflow-pictures-'));
const mirror = await startMirror({
  months: [
    ...monthsBetween('2024-01', '2026-08').map(
      (month) => ({ dataset: 'green', month, rows: 2_000 }) as const,
    ),
    ...SHOWN.map((month) => ({ dataset: 'yellow', month, rows: 400_000 }) as const),
  ],
});
const env = {
  ...process.env,
  FAREFLOW_HOME: home,
  FAREFLOW_CSV_URL: mirror.urlTemplate,
  TERM: 'xterm-256color',
};
const dev = spawn(process.execPath, [PROGRAM, 'dev'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
try {
  await once(dev.stdout, 'data');
  await run('load green 2024-01..2026-08 --concurrency 4');
  await run('load green 2026-08');
  await run('load green 2026-10 --wait-until-published --detach');
  await run(`load yellow 2026-04 --url ${urlOf('green', '2026-04')}`);
  // The mirror generates a file when it is asked for it first.
  for (const month of SHOWN) await (await fetch(urlOf('yellow', month))).arrayBuffer();
  const screen = openScreen(ROWS);
  let at = await show(screen, 'load yellow 2026-05..2026-08 --concurrency 2', 0);
  await screen.write('\u001B[2J\u001B[H', at);
  void run('load yellow 2026-08 --force');
  await sleep(1_200);
  at = await show(screen, 'status', at);
  await writeFile(join(IMAGES, 'status.svg'), drawFrames(screen.frames));
} finally {
  dev.kill('SIGINT');
  await once(dev, 'exit');
  await mirror.close();
  await rm(home, { recursive: true });
}

function urlOf(dataset: string, month: string): string {
  return mirror.urlTemplate.replaceAll('{dataset}', dataset).replaceAll('{month}', month);
}

/** Runs a command that is not seen. */
async function run(words: string): Promise<void> {
  const command = spawn(process.execPath, [PROGRAM, ...words.split(' ')], { env, stdio: 'ignore' });
  await once(command, 'exit');
}

/** Runs a command on the screen; answers when the next one may begin. */
async function show(screen: Screen, words: string, begin: number): Promise<number> {
  await screen.write(`\u001B[2m$\u001B[0m fareflow ${words}\r\n`, begin);
  const terminal = spawn('script', onTerminal(words, ROWS), {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const begun = Date.now();
  let pending = '';
  let shown = begin + 800;
  let writing = Promise.resolve();
  const flush = (at: number) => {
    const output = pending;
    pending = '';
    shown = at;
    writing = writing.then(() => screen.write(output, at));
  };
  terminal.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    pending += chunk;
    const at = begin + 800 + Date.now() - begun;
    if (at - shown >= FRAME_MS) flush(at);
  });
  await once(terminal, 'close');
  flush(Math.max(shown + FRAME_MS, begin + 800 + Date.now() - begun));
  await writing;
  return shown + READING_MS;
}
