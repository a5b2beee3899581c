/** From an error to what a person reads and a script gets: 1 the work failed, 2 wrong usage, else it is a bug. */
import { CommanderError } from 'commander';
import { ConfigError } from '../config.ts';
import { DatabaseTooNewError, DatabaseTooOldError } from '../database/migrate.ts';
import { InputError } from '../inputs.ts';
import { explained, UserError } from '../operations/errors.ts';
import { StackError } from '../stack/stack-error.ts';
import { TctlUsageError } from '../tctl/parse.ts';
import { VerifyError } from '../verify/verify-error.ts';
import { note, UsageError } from './context.ts';

const USAGE = [UsageError, ConfigError, InputError, TctlUsageError];
const EXPECTED = [UserError, StackError, DatabaseTooNewError, DatabaseTooOldError, VerifyError];

/** Reports an error that ended a command and returns the exit code. */
export function reportError(thrown: unknown): 0 | 1 | 2 {
  const error = explained(thrown);
  // Commander has said what it had to say.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (USAGE.some((type) => error instanceof type)) {
    note(`fareflow: ${(error as Error).message}`);
    return 2;
  }
  if (EXPECTED.some((type) => error instanceof type)) {
    note(`fareflow: ${(error as Error).message}`);
    return 1;
  }
  note(
    `fareflow: unexpected error, please report it\n${error instanceof Error ? error.stack : String(error)}`,
  );
  return 1;
}

/** What Commander says of a wrong word, as one line like every other. */
export function usageLine(message: string): string {
  const line = message
    .trim()
    .replace(/^error: /, '')
    .replaceAll(/\s*\n\s*/g, ' ');
  return `fareflow: ${line.replace(/\.$/, '')}; see \`fareflow --help\`\n`;
}

/** Whoever reads the output may stop before its end (`| head`), which is no error of anybody's. */
export function endQuietlyOnClosedPipe(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
}
