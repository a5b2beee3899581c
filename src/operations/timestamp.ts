/** A protobuf timestamp. */
export interface Timestamp {
  seconds?: { toString(): string } | number | null;
  nanos?: number | null;
}

/** A protobuf timestamp in milliseconds since 1970. */
export function msOf(time: Timestamp | null | undefined): number {
  return Number(time?.seconds ?? 0) * 1000 + (time?.nanos ?? 0) / 1e6;
}
