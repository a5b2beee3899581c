import { expect, it } from 'vitest';
import { watchBlocks } from '../../src/csv/watch-blocks.ts';

async function watch(...texts: string[]) {
  const told: [bytes: number, rows: number][] = [];
  const passed: string[] = [];
  async function* blocks() {
    yield* await Promise.resolve(texts.map((text) => Buffer.from(text)));
  }
  for await (const block of watchBlocks(blocks(), (...progress) => told.push(progress))) {
    passed.push(block.toString());
  }
  return { told, passed };
}

it('passes every block on, and then tells how many bytes and about how many rows have gone', async () => {
  const { told, passed } = await watch('1,a\n2,b\n', '3,c\n', '4,d\n5,e\n6,f');
  expect(passed).toEqual(['1,a\n2,b\n', '3,c\n', '4,d\n5,e\n6,f']);
  expect(told).toEqual([
    [8, 2],
    [12, 3],
    [23, 6],
  ]);
});

it('takes a block without any line end for a row', async () => {
  expect((await watch('1,a')).told).toEqual([[3, 1]]);
});

it('tells nothing of no blocks', async () => {
  expect((await watch()).told).toEqual([]);
});
