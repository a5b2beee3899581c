/** `tctl workflow observe`, and the second half of `run`: a run's events as they come, and how it ended. */
import { type Event, eventsOf, oneLine, textOf } from './history.ts';
import { executionOf, type Session } from './session.ts';

/** `observe`: shows a run's events until it has ended. */
export async function observe(session: Session): Promise<0 | 1> {
  return followRun(session, executionOf(session));
}

/** Shows the events of a run, and of those that continue it; 1 unless it completed. */
export async function followRun(
  session: Session,
  execution: { workflowId: string; runId: string },
): Promise<0 | 1> {
  const begun = Date.now();
  session.print('Progress:');
  let { runId } = execution;
  for (;;) {
    const last = await showEvents(session, { ...execution, runId });
    const next = last?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId;
    if (next == null || next === '') {
      session.print(`\nResult:\n  Run Time: ${Math.round((Date.now() - begun) / 1000)} seconds`);
      return showEnd(session, last);
    }
    runId = next;
  }
}

async function showEvents(
  session: Session,
  execution: { workflowId: string; runId: string },
): Promise<Event | undefined> {
  const { flags, print } = session;
  let last: Event | undefined;
  for await (const event of eventsOf(session, execution, true)) {
    const { id, time, type, attributes } = textOf(event);
    const detail = flags.isOn('show_detail')
      ? `, ${oneLine(attributes, flags.number('max_field_length'))}`
      : '';
    print(`  ${id}, ${time}, ${type}${detail}`);
    last = event;
  }
  return last;
}

function showEnd({ print }: Session, last: Event | undefined): 0 | 1 {
  if (last === undefined) return 1;
  const { type, attributes } = textOf(last);
  const status = type.replace(/^WorkflowExecution/, '');
  print(`  Status: ${status === 'TimedOut' ? 'TIMEOUT' : status.toUpperCase()}`);
  const result = attributes['result'] as { payloads?: unknown[] } | undefined;
  if (status === 'Completed') print(`  Output: ${JSON.stringify(result?.payloads ?? [])}`);
  if (status === 'Failed') print(`  Failure: ${JSON.stringify(attributes['failure'])}`);
  return status === 'Completed' ? 0 : 1;
}
