import { expect, it } from 'vitest';
import { runCli } from '../support/cli.ts';
import { startOnTerminal } from '../support/terminal.ts';

const ESCAPE = '\u001B[';

it.each([{}, { CI: 'true' }, { TERM: 'xterm-256color' }])('a pipe gets plain text (%j)', async (env) => {
  const { code, stdout } = await runCli(['datasets', 'list'], { env });
  expect(code).toBe(0);
  expect(stdout).toContain('yellow');
  expect(stdout).not.toContain(ESCAPE);
});

it('a terminal gets colours', async () => {
  const { code, stdout } = await (await startOnTerminal('datasets list', {})).result;
  expect(code).toBe(0);
  expect(stdout).toContain(ESCAPE);
});

it('a terminal of someone who wants none gets none', async () => {
  const { code, stdout } = await (await startOnTerminal('datasets list', { NO_COLOR: '1' })).result;
  expect(code).toBe(0);
  expect(stdout).not.toContain(ESCAPE);
});
