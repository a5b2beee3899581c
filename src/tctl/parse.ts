/** Reads tctl's words as tctl does: flags with one dash or two, before and after the command's name. */
import { elsewhere, type Flag, globalFlags, type TctlCommand, workflowCommands } from './flags.ts';

/** The words are none that tctl takes, or ask for what fareflow does not do. */
export class TctlUsageError extends Error {
  override name = 'TctlUsageError';
}

/** The values of flags, by their first name. */
export class Flags {
  readonly #values = new Map<string, string[]>();

  /** Takes one value more. */
  add(name: string, value: string): void {
    this.#values.set(name, [...this.list(name), value]);
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** Every value, in the order in which they were given. */
  list(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }

  /** The last value, as of flags that are given twice the last counts. */
  text(name: string): string | undefined {
    return this.list(name).at(-1);
  }

  required(name: string): string {
    const value = this.text(name);
    if (value === undefined || value === '') throw new TctlUsageError(`tctl: --${name} is required`);
    return value;
  }

  number(name: string): number | undefined {
    const value = this.text(name);
    return value === undefined ? undefined : Number(value);
  }

  isOn(name: string): boolean {
    return this.text(name) === 'true';
  }
}

/** What somebody asked tctl for. */
export interface Invocation {
  /** Undefined where only help is wanted. */
  command: TctlCommand | undefined;
  flags: Flags;
  operands: readonly string[];
  help: boolean;
}

/** Reads the words after `tctl`. Throws a TctlUsageError for every one that would not have its effect. */
export function parseTctl(words: readonly string[], env: NodeJS.ProcessEnv): Invocation {
  const flags = new Flags();
  const before = readFlags(words, globalFlags, flags, 'tctl');
  const [group, name, ...rest] = before.operands;
  if (before.help || group === undefined || group === 'help' || group === 'h') {
    return { command: undefined, flags, operands: [], help: true };
  }
  if (group !== 'workflow' && group !== 'wf') throw notTranslated(group);
  if (name === undefined || /^(help|h|--?help|-h)$/.test(name)) {
    return { command: undefined, flags, operands: [], help: true };
  }
  const command = workflowCommands.find((one) => one.name === name || one.aliases.includes(name));
  if (command === undefined) throw notTranslated(`workflow ${name}`);
  const title = `tctl workflow ${command.name}`;
  const after = readFlags(rest, [...command.flags, ...globalFlags], flags, title);
  if (after.operands.length > command.operands) {
    const stray = after.operands[command.operands] ?? '';
    throw new TctlUsageError(`${title} takes no word "${stray}"; flags come before other words`);
  }
  if (!after.help) takeVariables(flags, env);
  return { command, flags, operands: after.operands, help: after.help };
}

function notTranslated(words: string): TctlUsageError {
  const instead = elsewhere[words];
  return new TctlUsageError(
    instead === undefined
      ? `tctl has no command "${words}"; there are workflow ${workflowCommands.map(({ name }) => name).join(', ')}`
      : `\`tctl ${words}\` is not translated; what does it today is ${instead}`,
  );
}

/** Reads flags up to the first word that is none, as Go's package `flag` does. */
function readFlags(
  words: readonly string[],
  known: readonly Flag[],
  flags: Flags,
  title: string,
): { operands: readonly string[]; help: boolean } {
  let help = false;
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? '';
    if (word === '--') return { operands: words.slice(i + 1), help };
    const [, name, given] = /^--?([^=-][^=]*)(?:=([^]*))?$/.exec(word) ?? [];
    if (name === undefined) return { operands: words.slice(i), help };
    if (name === 'help' || name === 'h') {
      help = true;
      continue;
    }
    const found = known.find(({ names }) => names.includes(name));
    if (found === undefined) throw unknownFlag(name, known, title);
    if (found.instead !== undefined) throw refused(found, title);
    const value = given ?? (found.kind === 'switch' ? 'true' : words[++i]);
    if (value === undefined) throw new TctlUsageError(`${title}: --${name} needs a value`);
    flags.add(found.names[0] ?? name, checked(found, name, value, title));
  }
  return { operands: [], help };
}

function checked({ kind }: Flag, name: string, value: string, title: string): string {
  if (kind === 'number' && !/^\d{1,9}$/.test(value)) {
    throw new TctlUsageError(`${title}: --${name} must be a whole number (it is "${value}")`);
  }
  if (kind !== 'switch') return value;
  if (/^(1|t|true)$/i.test(value)) return 'true';
  if (/^(0|f|false)$/i.test(value)) return 'false';
  throw new TctlUsageError(`${title}: --${name} is true or false (it is "${value}")`);
}

function unknownFlag(name: string, known: readonly Flag[], title: string): TctlUsageError {
  const names = known
    .filter(({ instead }) => instead === undefined)
    .map(({ names: [first] }) => `--${first}`);
  return new TctlUsageError(`${title} has no flag --${name}; there are ${names.join(', ')}`);
}

function refused({ names: [name], instead = '' }: Flag, title: string): TctlUsageError {
  const what = instead.replace('{command}', title.split(' ').at(-1) ?? '');
  return new TctlUsageError(`${title}: --${name} is not translated; ${what}`);
}

/** Takes tctl's variables for the flags that were not given. */
function takeVariables(flags: Flags, env: NodeJS.ProcessEnv): void {
  for (const flag of globalFlags) {
    const [name = ''] = flag.names;
    const value = flag.variable === undefined ? undefined : env[flag.variable];
    if (value === undefined || value === '' || flags.has(name)) continue;
    if (flag.instead !== undefined) {
      throw new TctlUsageError(`${flag.variable} is not translated; ${flag.instead}`);
    }
    flags.add(name, checked(flag, name, value, 'tctl'));
  }
}
