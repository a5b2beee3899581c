import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, inject } from 'vitest';
import { type RunningTemporal, startTemporal } from '../../src/stack/start-temporal.ts';

/** A Temporal dev server of one test file's own that can be stopped and started again, with what it knew. */
export interface RestartableTemporal {
  readonly address: string;
  readonly client: Client;
  stop(): Promise<void>;
  startAgain(): Promise<void>;
}

/** Starts it for this test file and stops it at the end. */
export function useRestartableTemporal(): RestartableTemporal {
  let server: RunningTemporal | undefined;
  let client: Client;
  let address = '';
  let directory: string;
  const start = async () => {
    const port = address === '' ? undefined : Number(address.split(':').at(-1));
    const cliPath = inject('temporalCli');
    server = await startTemporal({ cliPath, directory, ui: false, port, onProgress: () => undefined });
    address = server.address;
    client = new Client({ connection: await Connection.connect({ address }) });
  };
  const stop = async () => {
    await client.connection.close();
    await server?.stop();
    server = undefined;
  };
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'fareflow-temporal-'));
    await start();
  });
  afterAll(async () => {
    if (server !== undefined) await stop();
    await rm(directory, { recursive: true, force: true });
  });
  return {
    get address() {
      return address;
    },
    get client() {
      return client;
    },
    stop,
    startAgain: start,
  };
}
