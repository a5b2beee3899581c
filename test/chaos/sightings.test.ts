import { describe, expect, it } from 'vitest';
import { createFrameCutter } from '../../chaos/frames.ts';
import { createSpotter } from '../../chaos/sightings.ts';

/** A client's message; the one that opens a session has no type. */
function message(type: string, content: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(4 + Buffer.byteLength(content));
  return Buffer.concat([Buffer.from(type), length, Buffer.from(content)]);
}

const session = Buffer.concat([
  message('', 'startup'),
  message('Q', 'begin\0'),
  message('P', '\0insert into fareflow.loads (load_id) values ($1)\0'),
  message('Q', 'commit\0'),
]);

describe('messages of a client', () => {
  it('are cut apart wherever the chunks end', () => {
    for (const size of [1, 3, 7, session.length]) {
      const cut = createFrameCutter();
      const types: string[] = [];
      for (let at = 0; at < session.length; at += size) {
        types.push(...cut(session.subarray(at, at + size)).map(({ type }) => type));
      }
      expect(types).toEqual(['', 'Q', 'P', 'Q']);
    }
  });

  it('tell where a load stands, and of which month it is', () => {
    const cut = createFrameCutter();
    const spot = createSpotter();
    const named = [message('', 'startup'), message('B', '\0\0fareflow merge green 2021-03\0')];
    cut(Buffer.concat(named)).forEach(spot);
    const sightings = cut(session.subarray(11)).map(spot);
    expect(sightings).toEqual([
      undefined,
      { point: 'ledger', dataset: 'green', month: '2021-03' },
      { point: 'merged', dataset: 'green', month: '2021-03' },
    ]);
  });

  it('that only commit are no point of a load', () => {
    const spot = createSpotter();
    expect(spot({ type: 'Q', bytes: message('Q', 'commit\0') })).toBeUndefined();
  });
});
