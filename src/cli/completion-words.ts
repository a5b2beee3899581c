/** What can be completed, read off the commands themselves. */
import type { Command } from 'commander';
import { datasetNames } from '../datasets/index.ts';

/** What may stand behind some words of a command line. */
export interface Completion {
  /** The commands that have been typed, such as `datasets show`; empty behind the program's name. */
  path: string;
  /** Commands, options, and what the first argument may be. */
  words: readonly string[];
  /** What an option takes, by the option: its choices, or `undefined` for anything, such as a file. */
  values: ReadonlyMap<string, readonly string[] | undefined>;
}

/** The completions of a program and of each command in it. */
export function completionsOf(program: Command, path: readonly string[] = []): Completion[] {
  const commands = program.commands.map((command) => command.name());
  const options = program.options.flatMap(({ long, short }) => long ?? short ?? []);
  const values = program.options
    .filter(({ required, optional }) => required || optional)
    .map(({ long, short, argChoices }) => [long ?? short ?? '', argChoices] as const);
  const own: Completion = {
    path: path.join(' '),
    words: [...commands, ...argumentWords(program), ...options, '--help'],
    values: new Map(values),
  };
  return [own, ...program.commands.flatMap((child) => completionsOf(child, [...path, child.name()]))];
}

/** What the first argument may be, where that is known beforehand. */
function argumentWords({ registeredArguments: [first] }: Command): readonly string[] {
  if (first === undefined) return [];
  if (first.argChoices !== undefined) return first.argChoices;
  return /^(dataset|name)$/.test(first.name()) ? datasetNames() : [];
}
