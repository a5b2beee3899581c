/** Cuts what a PostgreSQL client sends into its messages (PostgreSQL manual, "Message Formats"). */

/** One message of a client, whole. */
export interface Frame {
  /** `Q`, `P`, `B`, `d`, …; empty for the one that opens the session. */
  type: string;
  bytes: Buffer;
}

/** A cutter for one session: give it what arrives, it returns what has become whole. */
export function createFrameCutter(): (chunk: Buffer) => Frame[] {
  let rest: Buffer = Buffer.alloc(0);
  let isOpened = false;
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const frames: Frame[] = [];
    for (;;) {
      const lead = isOpened ? 1 : 0;
      if (rest.length < lead + 4) return frames;
      const length = lead + rest.readInt32BE(lead);
      if (rest.length < length) return frames;
      const type = isOpened ? String.fromCharCode(rest[0] as number) : '';
      frames.push({ type, bytes: rest.subarray(0, length) });
      rest = rest.subarray(length);
      isOpened = true;
    }
  };
}
