/** `tctl workflow show`: a run's history on the screen, and in a file that replays. */
import { writeFile } from 'node:fs/promises';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { type Event, eventsOf, oneLine, textOf } from './history.ts';
import { TctlUsageError } from './parse.ts';
import { executionOf, type Session } from './session.ts';

/** What a field may be long on the screen, by default. */
const MAX_FIELD_LENGTH = 500;

/** `show`: one line an event, or with --print_full and --event_id all that is in it. */
export async function show(session: Session): Promise<0> {
  const { flags, print } = session;
  const events: Event[] = [];
  for await (const event of eventsOf(session, executionOf(session), false)) events.push(event);
  const only = flags.number('event_id');
  if (only !== undefined && (only < 1 || only > events.length)) {
    throw new TctlUsageError(`tctl workflow show: --event_id must be 1 to ${events.length} (it is ${only})`);
  }
  if (only !== undefined) print(JSON.stringify(textOf(events[only - 1] ?? {}), null, 2));
  else for (const event of events) print(lineOf(session, event));
  const file = flags.text('output_filename');
  if (file !== undefined) await writeHistory(file, events);
  return 0;
}

function lineOf({ flags }: Session, event: Event): string {
  const { id, time, type, version, attributes } = textOf(event);
  const full = flags.isOn('print_full');
  const length = flags.number('max_field_length') ?? (full ? undefined : MAX_FIELD_LENGTH);
  if (full) return `${id}  ${time}  ${type}  ${oneLine(attributes, length)}`;
  return [
    id.padStart(4),
    ...(flags.isOn('print_raw_time') ? [String(Date.parse(time) * 1_000_000)] : []),
    ...(flags.isOn('print_datetime') && !flags.isOn('print_raw_time') ? [time] : []),
    ...(flags.isOn('print_event_version') ? [`(Version: ${version})`] : []),
    type.padEnd(28),
    oneLine(attributes, length),
  ].join('  ');
}

async function writeHistory(file: string, events: Event[]): Promise<void> {
  await writeFile(file, historyToJSON({ events })).catch((error: unknown) => {
    throw new TctlUsageError(`tctl workflow show: ${file} cannot be written: ${(error as Error).message}`);
  });
}
