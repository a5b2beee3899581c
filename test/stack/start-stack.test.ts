import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { Connection } from '@temporalio/client';
import pg from 'pg';
import { beforeAll, describe, expect, test } from 'vitest';
import { defaultCacheDirectory } from '../../src/stack/cache-directory.ts';
import { startStack } from '../../src/stack/start-stack.ts';
import type { Stack } from '../../src/stack/start-stack.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const cacheDirectory = defaultCacheDirectory(process.env, homedir());
const onProgress = (): void => undefined;

/** Starts a stack in a process of its own and kills that process, so that both servers are left behind. */
async function leaveStackBehind(directory: string): Promise<Stack> {
  const module = new URL('../../src/stack/start-stack.ts', import.meta.url).href;
  const options = JSON.stringify({ directory, cacheDirectory });
  const script = `
    const { startStack } = await import(${JSON.stringify(module)});
    console.log(JSON.stringify(await startStack({ ...${options}, onProgress() {} })));
    setInterval(() => {}, 1000);
  `;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  child.kill('SIGKILL');
  await once(child, 'exit');
  return JSON.parse(line) as Stack;
}

async function queryOne(databaseUrl: string, text: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return (await client.query({ text, rowMode: 'array' })).rows[0]?.[0];
  } finally {
    await client.end();
  }
}

async function customSearchAttributes(address: string): Promise<string[]> {
  const connection = await Connection.connect({ address, connectTimeout: 500 });
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({
      namespace: 'default',
    });
    return Object.keys(customAttributes);
  } finally {
    await connection.close();
  }
}

// Getting the Temporal CLI onto a fresh machine may mean to build it.
describe('startStack', { timeout: 600_000 }, () => {
  let directory: string;
  beforeAll(async () => {
    directory = path.join(await temporaryDirectory(), '.fareflow');
  });

  test('stops the servers that a killed process left behind, and starts on their data', async () => {
    const left = await leaveStackBehind(directory);
    await queryOne(left.databaseUrl, 'create table trip (id) as select 7');

    const messages: string[] = [];
    const stack = await startStack({
      directory,
      cacheDirectory,
      onProgress: (message) => messages.push(message),
    });
    try {
      expect(messages).toContainEqual(expect.stringMatching(/^PostgreSQL: stopping process \d+/));
      expect(messages).toContainEqual(expect.stringMatching(/^Temporal: stopping process \d+/));
      expect(await queryOne(stack.databaseUrl, 'select id from trip')).toBe(7);
      await expect(customSearchAttributes(left.temporalAddress)).rejects.toThrow();
      expect(await customSearchAttributes(stack.temporalAddress)).toEqual(
        expect.arrayContaining(['Dataset', 'Month', 'LoadStatus', 'TriggeredBy']),
      );
      expect((await fetch(String(stack.temporalUiUrl))).ok).toBe(true);

      const second = startStack({ directory, cacheDirectory, onProgress });
      await expect(second).rejects.toThrow(`in use already by process ${process.pid}`);
    } finally {
      await stack.stop();
    }
    await expect(queryOne(stack.databaseUrl, 'select 1')).rejects.toThrow('ECONNREFUSED');
    await expect(customSearchAttributes(stack.temporalAddress)).rejects.toThrow();
  });

  test('starts no Temporal server when it is given one', async () => {
    const temporalAddress = 'temporal.example:7233';
    const stack = await startStack({ directory, cacheDirectory, temporalAddress, onProgress });
    await stack.stop();
    expect(stack).toMatchObject({ temporalAddress, namespace: 'default', temporalUiUrl: null });
  });

  test('stops what it has started when it is told to give up, and can be started again', async () => {
    const giveUp = new AbortController();
    const started = startStack({
      directory,
      cacheDirectory,
      signal: giveUp.signal,
      onProgress: (message) => {
        if (message === 'Temporal: starting') giveUp.abort(new Error('enough'));
      },
    });
    await expect(started).rejects.toThrow('enough');
    expect(await readdir(directory)).not.toContainEqual(expect.stringMatching(/\.(lock|pid)$/));
    const again = await startStack({ directory, cacheDirectory, ui: false, onProgress });
    await again.stop();
    expect(again.temporalUiUrl).toBeNull();
  });
});
