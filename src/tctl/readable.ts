/** Temporal's messages as tctl prints them: short names, times as text, payloads decoded. */
import { defaultPayloadConverter, type Payload } from '@temporalio/common';

/** What protobufjs generates for a message. */
interface MessageType<T> {
  toObject(message: T, options: { enums: typeof String; longs: typeof String }): unknown;
}

/** The kinds of names that Temporal's enumerations have in its messages, as the beginning of each. */
const ENUM =
  /^(?:EVENT_TYPE|WORKFLOW_EXECUTION_STATUS|PENDING_ACTIVITY_STATE|PENDING_WORKFLOW_TASK_STATE|TASK_QUEUE_KIND|TASK_QUEUE_TYPE|RETRY_STATE|TIMEOUT_TYPE|WORKFLOW_ID_REUSE_POLICY|WORKFLOW_ID_CONFLICT_POLICY|PARENT_CLOSE_POLICY|CONTINUE_AS_NEW_INITIATOR|WORKFLOW_TASK_FAILED_CAUSE|INDEXED_VALUE_TYPE|VERSIONING_BEHAVIOR)_([A-Z0-9_]+)$/;

/** A message as an object that JSON shows as tctl did. */
export function readable<T>(type: MessageType<T>, message: T): unknown {
  return shorten(type.toObject(message, { enums: String, longs: String }));
}

/** Payloads as their values. */
export function valuesOf(payloads: { payloads?: Payload[] | null } | null | undefined): unknown[] {
  return (payloads?.payloads ?? []).map(decode);
}

function shorten(value: unknown): unknown {
  if (typeof value === 'string') return shortName(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (Array.isArray(value)) return value.map(shorten);
  if (typeof value !== 'object' || value === null) return value;
  if (isPayload(value)) return decode(value);
  const time = timeOf(value);
  if (time !== undefined) return time;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      // A duration looks like a time, but for what it is called.
      /timeout|interval|backoff|delay/i.test(name) ? (durationOf(inner) ?? shorten(inner)) : shorten(inner),
    ]),
  );
}

/** `EVENT_TYPE_WORKFLOW_EXECUTION_STARTED` as `WorkflowExecutionStarted`. */
function shortName(text: string): string {
  const name = ENUM.exec(text)?.[1];
  if (name === undefined) return text;
  return name
    .split('_')
    .map((word) => word.slice(0, 1) + word.slice(1).toLowerCase())
    .join('');
}

function isPayload(value: object): value is Payload {
  return (
    'metadata' in value &&
    typeof value.metadata === 'object' &&
    value.metadata !== null &&
    'encoding' in value.metadata
  );
}

function decode(payload: Payload): unknown {
  try {
    return defaultPayloadConverter.fromPayload(payload);
  } catch {
    return { encoded: Buffer.from(payload.data ?? []).toString('base64') };
  }
}

function secondsOf(value: unknown): { seconds: number; nanos: number } | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const names = Object.keys(value);
  if (names.length === 0 || names.some((name) => name !== 'seconds' && name !== 'nanos')) return undefined;
  const { seconds = 0, nanos = 0 } = value as { seconds?: string | number; nanos?: number };
  return { seconds: Number(seconds), nanos };
}

function timeOf(value: object): string | undefined {
  const parts = secondsOf(value);
  return parts && new Date(parts.seconds * 1000 + parts.nanos / 1e6).toISOString();
}

function durationOf(value: unknown): string | undefined {
  const parts = secondsOf(value);
  return parts && `${parts.seconds + parts.nanos / 1e9}s`;
}
