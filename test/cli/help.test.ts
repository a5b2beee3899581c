/** Every command's help, of every file in src/cli: nobody adds a command without telling what it is for. */
import { readdirSync, readFileSync } from 'node:fs';
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { finishHelp } from '../../src/cli/help.ts';

const directory = new URL('../../src/cli/', import.meta.url);

const registered = new Set(
  readFileSync(new URL('../../src/client.ts', import.meta.url), 'utf8').match(/\badd[A-Z]\w+/g),
);

/** The program with the commands that it has. */
async function wholeProgram(): Promise<Command> {
  const program = new Command('fareflow').enablePositionalOptions();
  for (const name of readdirSync(directory).sort()) {
    const exported = (await import(new URL(name, directory).href)) as Record<string, unknown>;
    for (const [key, add] of Object.entries(exported)) {
      if (registered.has(key)) (add as (to: Command) => void)(program);
    }
  }
  finishHelp(program);
  return program;
}

const program = await wholeProgram();
const commands = [program, ...below(program)];

function below(command: Command): Command[] {
  return command.commands.flatMap((child) => [child, ...below(child)]);
}

function wordsOf(command: Command): string {
  return command.parent === null ? command.name() : `${wordsOf(command.parent)} ${command.name()}`;
}

function helpOf(command: Command): string {
  let help = '';
  command.configureOutput({ writeOut: (text) => void (help += text), getOutHelpWidth: () => 80 });
  command.outputHelp();
  return help;
}

/** The command lines among the examples, a continued one in one. */
function examplesOf(help: string): string[] {
  const [, block = ''] = /^Examples?:\n((?: {2}.*\n?)+)/m.exec(help) ?? [];
  return block
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.includes('fareflow '));
}

const shellWords = (line: string) =>
  [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, a, b, c]) => a ?? b ?? c ?? '');

/** The words behind `fareflow` in an example. */
function argumentsOf(example: string): string[] {
  const [line = ''] = example.replace(/^source <\((.*)\)$/, '$1').split(/ [|>] /);
  const words = shellWords(line);
  return words.slice(words.indexOf('fareflow') + 1);
}

describe.each(commands.map((command) => [wordsOf(command), command] as const))(
  '%s --help',
  (words, command) => {
    const help = helpOf(command);

    it('says what the command is for', () => {
      if (command !== program) expect(command.description()).not.toBe('');
    });

    it('has examples of this very command (see src/cli/help.ts)', () => {
      const examples = examplesOf(help);
      expect(examples).not.toEqual([]);
      for (const example of examples) expect(`${example} `).toContain(`${words} `);
    });

    it('has the exit codes', () => {
      expect(help).toMatch(/^Exit codes:\n {2}0 {2}\S.*\n {2}1 {2}\S.*\n {2}2 {2}wrong usage$/m);
    });

    it('fits a terminal', () => {
      // Examples are to be copied, however long.
      const lines = help.split('\n').filter((line) => !line.startsWith('  fareflow '));
      expect(lines.filter((line) => line.length > 80)).toEqual([]);
    });
  },
);

describe('the examples in the help', () => {
  it.each(commands.flatMap((command) => examplesOf(helpOf(command))))(
    '%s is taken by the program',
    async (line) => {
      const parser = await wholeProgram();
      const taken: string[] = [];
      for (const command of [parser, ...below(parser)]) {
        command.exitOverride().configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
        if (command.commands.length === 0) command.action(() => void taken.push(command.name()));
      }
      await parser.parseAsync(argumentsOf(line), { from: 'user' });
      expect(taken).toHaveLength(1);
    },
  );
});
