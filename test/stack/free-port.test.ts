import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { freePort, PortTakenError, portIfFree, withFreePort } from '../../src/stack/free-port.ts';

test('another port is tried when the one that was free is taken in between', async () => {
  const tried: number[] = [];
  const used = await withFreePort(undefined, (port) => {
    tried.push(port);
    return tried.length < 3 ? Promise.reject(new PortTakenError('taken')) : Promise.resolve(port);
  });
  expect(tried).toHaveLength(3);
  expect(used).toBe(tried[2]);
});

test('a wanted port is tried alone, and other failures are not tried again', async () => {
  const wanted = await freePort();
  let calls = 0;
  const fail = (error: Error) => (): Promise<never> => {
    calls++;
    return Promise.reject(error);
  };
  await expect(withFreePort(wanted, fail(new PortTakenError('taken')))).rejects.toThrow('taken');
  await expect(withFreePort(undefined, fail(new Error('broken')))).rejects.toThrow('broken');
  expect(calls).toBe(2);
});

test('a preferred port is used while nobody else has it', async () => {
  const preferred = await freePort();
  expect(await portIfFree(preferred)).toBe(preferred);
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(preferred, '127.0.0.1', resolve));
  expect(await portIfFree(preferred)).toBeUndefined();
  await new Promise((resolve) => other.close(resolve));
});
