import { execFile } from 'node:child_process';
import { chown, stat } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Command } from './server-process.ts';
import { StackError } from './stack-error.ts';

const run = promisify(execFile);
const NOBODY = 65534;

/** The user that PostgreSQL's programs run as. */
export interface PostgresAccount {
  /** The command that runs this program as that user. */
  command(file: string, args: string[]): Command;
  /** Gives a file or directory to that user. */
  own(file: string): Promise<void>;
}

/**
 * Chooses the user for the cluster in `dataDirectory`, which may not exist yet: ourselves, or if we are root, whom
 * PostgreSQL refuses, the cluster's owner, the user `postgres` or nobody.
 *
 * @param program one of PostgreSQL's programs, to find out whether that user can get at them
 */
export async function choosePostgresAccount(
  dataDirectory: string,
  program: string,
): Promise<PostgresAccount> {
  const me = process.getuid?.();
  const owner = await stat(dataDirectory).catch(() => undefined);
  if (me !== 0) {
    if (owner && owner.uid !== me) throw foreignData(dataDirectory, owner.uid);
    return { command: (file, args) => ({ file, args }), own: () => Promise.resolve() };
  }
  const user = owner && owner.uid !== 0 ? { uid: owner.uid, gid: owner.gid } : await findUnprivilegedUser();
  return {
    command: await chooseCommand(user, program, path.dirname(dataDirectory)),
    own: (file) => chown(file, user.uid, user.gid),
  };
}

interface User {
  uid: number;
  gid: number;
}

async function findUnprivilegedUser(): Promise<User> {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', 'postgres']), run('id', ['-g', 'postgres'])]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    return { uid: NOBODY, gid: NOBODY };
  }
}

async function chooseCommand(
  user: User,
  program: string,
  parent: string,
): Promise<PostgresAccount['command']> {
  const plain = (file: string, args: string[]): Command => ({ file, args, ...user });
  const overriding = (file: string, args: string[]): Command => withFileAccess(user, file, args);
  for (const command of [plain, overriding]) {
    // Tried out rather than read off the modes. PostgreSQL asks access(2) about its programs, as `test` does.
    const attempts = [
      command(program, ['--version']),
      command('test', ['-x', program]),
      command('test', ['-x', parent]),
    ];
    if ((await Promise.all(attempts.map(succeeds))).every(Boolean)) return command;
  }
  throw new StackError(
    `PostgreSQL does not run as root, and the user it would run as (uid ${user.uid}) cannot enter ${path.dirname(program)} ` +
      `or ${parent}: run fareflow as an ordinary user, or open the directories above them to that user (chmod a+x)`,
  );
}

/**
 * A clone below /root is closed to other users: `dac_override` lets the unprivileged user in without being root.
 * Without `no_setuid_fixup`, access(2) would disregard that, and initdb would call PostgreSQL's programs invalid.
 */
function withFileAccess({ uid, gid }: User, file: string, args: string[]): Command {
  const identity = [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups'];
  const capability = [
    '--inh-caps=+dac_override',
    '--ambient-caps=+dac_override',
    '--securebits=+no_setuid_fixup',
  ];
  return { file: 'setpriv', args: [...identity, ...capability, '--', file, ...args] };
}

async function succeeds({ file, args, ...identity }: Command): Promise<boolean> {
  return run(file, args, identity).then(
    () => true,
    () => false,
  );
}

function foreignData(dataDirectory: string, uid: number): StackError {
  return new StackError(
    `${dataDirectory} belongs to another user (uid ${uid}): run fareflow as that user or as root, or use another directory`,
  );
}
