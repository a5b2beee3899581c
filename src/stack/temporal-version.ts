import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { StackError } from './stack-error.ts';

/** The Temporal CLI that is fetched or built if there is none: the newest that `go install` can build. */
export const TEMPORAL_CLI_VERSION = '1.5.1';

const OLDEST_CLI = '1.3.0';
/** The server inside of CLI 1.3.0: a CLI that was built by `go install` knows its server's version, not its own. */
const OLDEST_SERVER = '1.27.0';
const UNKNOWN_CLI = '0.0.0-DEV';

export interface TemporalVersion {
  cli: string;
  server: string;
}

/** Reads what `temporal --version` prints: `temporal version 1.5.1 (Server 1.29.1, UI 2.42.1)`. */
export function parseTemporalVersion(output: string): TemporalVersion | undefined {
  const [, cli, server] = /^temporal version (\S+) \(Server ([^,)\s]+)/m.exec(output) ?? [];
  return cli && server ? { cli, server } : undefined;
}

/** Runs the CLI to learn its version; throws a StackError if that is too old for fareflow or is not told. */
export async function checkTemporalVersion(executable: string): Promise<string> {
  const { stdout } = await promisify(execFile)(executable, ['--version'], { timeout: 20_000 });
  const version = parseTemporalVersion(stdout);
  if (!version) throw new StackError(`${executable} does not tell its version: ${stdout.trim()}`);
  const { cli, server } = version;
  const recent = cli === UNKNOWN_CLI ? isAtLeast(server, OLDEST_SERVER) : isAtLeast(cli, OLDEST_CLI);
  if (!recent) {
    throw new StackError(
      `${executable} is version ${cli} (server ${server}), at least ${OLDEST_CLI} is needed`,
    );
  }
  return cli;
}

function isAtLeast(version: string, oldest: string): boolean {
  return version.localeCompare(oldest, 'en', { numeric: true }) >= 0;
}
