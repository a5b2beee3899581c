import { expect, it } from 'vitest';
import { createSlots } from '../../src/activities/slots.ts';

const never = new AbortController().signal;

/** Work that ends when it is told to. */
function work() {
  let end: () => void = () => undefined;
  const done = new Promise<void>((resolve) => (end = resolve));
  const begun: string[] = [];
  return { begun, end, on: (name: string) => () => (begun.push(name), done) };
}

/** Lets everything go on that waits for nothing but its turn. */
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

it('lets so many in and no more, in the order in which they came', async () => {
  const slots = createSlots(2);
  const [a, b, rest] = [work(), work(), work()];
  const all = [slots.use(never, a.on('a')), slots.use(never, b.on('b'))];
  for (const name of ['c', 'd', 'e']) all.push(slots.use(never, rest.on(name)));
  await turn();
  expect([a.begun, b.begun, rest.begun]).toEqual([['a'], ['b'], []]);
  b.end();
  await turn();
  expect(rest.begun).toEqual(['c']);
  a.end();
  await turn();
  expect(rest.begun).toEqual(['c', 'd']);
  rest.end();
  await Promise.all(all);
  expect(rest.begun).toEqual(['c', 'd', 'e']);
});

it('passes on what the work returns and how it fails, and frees the slot either way', async () => {
  const slots = createSlots(1);
  await expect(slots.use(never, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await slots.use(never, () => Promise.resolve(5))).toBe(5);
});

it('lets nobody in whose signal has aborted, before or while they waited, and gives their place to the next', async () => {
  const slots = createSlots(1);
  const [first, later] = [work(), work()];
  const running = slots.use(never, first.on('first'));
  const gone = new AbortController();
  const waiting = expect(slots.use(gone.signal, later.on('gone'))).rejects.toThrow('enough');
  const last = slots.use(never, later.on('last'));
  gone.abort(new Error('enough'));
  await waiting;
  await expect(slots.use(gone.signal, later.on('never'))).rejects.toThrow('enough');
  first.end();
  await running;
  later.end();
  await last;
  expect(later.begun).toEqual(['last']);
});

it('keeps the slot of somebody whose signal aborts at work until the work has ended', async () => {
  const slots = createSlots(1);
  const [first, second, third] = [work(), work(), work()];
  const stop = new AbortController();
  const all = [
    slots.use(never, first.on('first')),
    slots.use(stop.signal, second.on('second')),
    slots.use(never, third.on('third')),
  ];
  first.end();
  await turn();
  expect(second.begun).toEqual(['second']);
  stop.abort();
  await turn();
  expect(third.begun).toEqual([]);
  second.end();
  await turn();
  expect(third.begun).toEqual(['third']);
  third.end();
  await Promise.all(all);
});
