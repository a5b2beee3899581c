import { hostname, userInfo } from 'node:os';
import type { Command } from 'commander';
import { connectTemporal, findTemporal } from '../operations/connect.ts';
import { temporalVariables } from '../tctl/environment.ts';
import type { TctlCommand } from '../tctl/flags.ts';
import { globalFlags, workflowCommands } from '../tctl/flags.ts';
import { type Invocation, parseTctl } from '../tctl/parse.ts';
import { runCommand } from '../tctl/run.ts';
import { getConfig, print } from './context.ts';

export function addTctl(program: Command): void {
  program
    .command('tctl')
    .description("for scripts of Temporal's former command line: `tctl workflow …`, with its flags")
    .argument('[words...]', 'what stands after `tctl` in the script')
    // Its flags have one dash or two, and are read as tctl reads them.
    .allowUnknownOption()
    .passThroughOptions()
    .action(async (_: string[], __: unknown, command: Command) => {
      process.exitCode = await tctl(parseTctl(command.args, process.env));
    });
}

async function tctl({ command, flags, operands, help }: Invocation): Promise<0 | 1> {
  if (help || command === undefined) {
    print(command === undefined ? overview() : helpOf(command));
    return 0;
  }
  const env = { ...process.env, ...temporalVariables(flags) };
  const temporal = await connectTemporal(await findTemporal(getConfig(), env));
  const { client, endpoint } = temporal;
  const session = {
    service: client.workflowService,
    // Also of a server that `fareflow dev` runs.
    namespace: flags.text('namespace') ?? endpoint.namespace,
    identity: `fareflow-tctl@${userInfo().username}@${hostname()}`,
    flags,
    operands,
    print,
  };
  const seconds = flags.number('context_timeout');
  try {
    const work = () => runCommand(command.name, session);
    return await (seconds === undefined ? work() : client.withDeadline(Date.now() + seconds * 1000, work));
  } finally {
    await temporal.close();
  }
}

function overview(): string {
  return [
    'Usage: fareflow tctl [global flags] workflow <command> [flags]',
    '',
    ...workflowCommands.map(({ name, aliases }) => `  ${[name, ...aliases].join(', ')}`),
    '',
    'Global flags:',
    ...flagLines(globalFlags),
  ].join('\n');
}

function helpOf({ name, flags, example, operands }: TctlCommand): string {
  return [
    `Usage: fareflow tctl workflow ${name} [flags]${operands === 0 ? '' : ' <workflow_id> [run_id]'}`,
    '',
    ...flagLines(flags),
    '',
    'Examples:',
    `  fareflow tctl workflow ${example}`,
  ].join('\n');
}

function flagLines(flags: TctlCommand['flags']): string[] {
  return flags
    .filter(({ instead }) => instead === undefined)
    .map(({ names, kind }) => {
      const value = { text: ' <text>', number: ' <n>', list: ' <text>…', switch: '' }[kind];
      return `  ${names.map((name) => `--${name}`).join(', ')}${value}`;
    });
}
