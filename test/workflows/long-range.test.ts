import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { monthsBetween } from '../../src/datasets/month.ts';
import { useWorkflows, type Lab } from './use-workflows.ts';

const workflowsPath = fileURLToPath(new URL('quick-months.ts', import.meta.url));
const workflows = useWorkflows({ workflowsPath });

/** Temporal suggests to continue as new at this many events, or bytes. */
const MANY_EVENTS = 4_096;
const MANY_BYTES = 4 * 1024 * 1024;

async function historyOf(lab: Lab, from: string, to: string) {
  const handle = await lab.start('loadMonths', [{ dataset: 'yellow', from, to, concurrency: 4 }]);
  expect(await handle.result()).toMatchObject({ skipped: monthsBetween(from, to).length });
  const { historyLength, historySize } = await handle.describe();
  return { events: historyLength, bytes: historySize ?? Infinity };
}

test('two hundred months, four at a time, take about half of what a history should hold at most', async () => {
  await workflows.run({}, async (lab) => {
    const few = await historyOf(lab, '2009-01', '2009-08');
    const more = await historyOf(lab, '2010-01', '2012-08');
    const months = 32 - 8;
    const projected = (a: number, b: number) => a + ((b - a) / months) * (200 - 8);
    expect(projected(few.events, more.events)).toBeLessThan(MANY_EVENTS * 0.55);
    expect(projected(few.bytes, more.bytes)).toBeLessThan(MANY_BYTES * 0.25);
  });
});
