/** Does what an invocation of tctl asks for. */
import { isGrpcServiceError } from '@temporalio/client';
import { UserError } from '../operations/errors.ts';
import { cancel, count, describe, query, signal, terminate } from './act.ts';
import { observe } from './follow.ts';
import { list } from './list.ts';
import { TctlUsageError } from './parse.ts';
import type { Session } from './session.ts';
import { show } from './show.ts';
import { run, start } from './start.ts';

const STACK = '__stack_trace';

/** What each command of tctl's does, by its name; the answer is the exit code. */
const commands: Readonly<Record<string, (session: Session) => Promise<0 | 1>>> = {
  start,
  run,
  show,
  showid: show,
  describe,
  describeid: describe,
  observe,
  observeid: observe,
  query: (session) => query(session),
  stack: (session) => query(session, STACK),
  signal,
  cancel,
  terminate,
  list: (session) => list(session, false),
  listall: (session) => list(session, true),
  scan: (session) => list(session, true),
  count,
};

/** gRPC's statuses of a request that cannot be meant, or whose object there is not. */
const REFUSALS = [3, 5, 6, 9];

/** Runs the command of that name. */
export async function runCommand(name: string, session: Session): Promise<0 | 1> {
  const command = commands[name];
  if (command === undefined) throw new TctlUsageError(`tctl has no command "workflow ${name}"`);
  try {
    return await command(session);
  } catch (error) {
    if (!isGrpcServiceError(error) || !REFUSALS.includes(error.code)) throw error;
    throw new UserError(`tctl workflow ${name}: ${error.details}`);
  }
}
