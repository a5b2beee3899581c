/** The events of a run: all that there are, or all that come. */
import proto from '@temporalio/proto';
import { readable } from './readable.ts';
import type { Session } from './session.ts';

const { HistoryEvent } = proto.temporal.api.history.v1;

export type Event = proto.temporal.api.history.v1.IHistoryEvent;

/** An event as people read it. */
export interface EventText {
  id: string;
  time: string;
  type: string;
  version: string;
  attributes: Record<string, unknown>;
}

/** The run's events, in order; with `wait` also those that are still to come, until it has ended. */
export async function* eventsOf(
  { service, namespace }: Session,
  execution: { workflowId: string; runId: string },
  wait: boolean,
): AsyncGenerator<Event> {
  let nextPageToken: Uint8Array = new Uint8Array();
  do {
    const page = await service.getWorkflowExecutionHistory({
      namespace,
      execution,
      nextPageToken,
      waitNewEvent: wait,
    });
    yield* page.history?.events ?? [];
    nextPageToken = page.nextPageToken;
  } while (nextPageToken.length > 0);
}

/** An event with short names, its payloads decoded. */
export function textOf(event: Event): EventText {
  const all = readable(HistoryEvent, HistoryEvent.fromObject(event)) as Record<string, unknown>;
  const attributes = Object.entries(all).find(([name]) => name.endsWith('EventAttributes'))?.[1];
  return {
    id: String(all['eventId']),
    time: String(all['eventTime']),
    type: String(all['eventType']),
    version: event.version?.toString() ?? '0',
    attributes: (attributes ?? {}) as Record<string, unknown>,
  };
}

/** The attributes in one line; values that are longer than a bound are cut. */
export function oneLine(attributes: Record<string, unknown>, maxLength: number | undefined): string {
  const fields = Object.entries(attributes).map(([name, value]) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    const cut = maxLength !== undefined && maxLength > 0 && text.length > maxLength;
    return `${name.slice(0, 1).toUpperCase()}${name.slice(1)}:${cut ? `${text.slice(0, maxLength)}...` : text}`;
  });
  return `{${fields.join(', ')}}`;
}
