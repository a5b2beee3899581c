import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, inject } from 'vitest';
import { type RunningTemporal, startTemporal } from '../../src/stack/start-temporal.ts';

/** A Temporal dev server of one test file's own: workflow ids are business keys, so files must not share one. */
export interface TestTemporal {
  readonly address: string;
  readonly client: Client;
}

/** Starts a Temporal dev server for this test file and stops it at the end. */
export function useTemporal(): TestTemporal {
  const temporal = { address: '', client: undefined as unknown as Client };
  let server: RunningTemporal;
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'fareflow-temporal-'));
    server = await startTemporal({
      cliPath: inject('temporalCli'),
      directory,
      ui: false,
      onProgress: () => undefined,
    });
    temporal.address = server.address;
    temporal.client = new Client({ connection: await Connection.connect({ address: server.address }) });
  });
  afterAll(async () => {
    await temporal.client.connection.close();
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  });
  return {
    get address() {
      return temporal.address;
    },
    get client() {
      return temporal.client;
    },
  };
}

/**
 * Everything in an answer of the server's, also what is packed in bytes, as one text to search. (To JSON.stringify they
 * are base64, in which nothing is found.)
 */
export function asText(answer: unknown): string {
  if (answer instanceof Uint8Array) return Buffer.from(answer).toString();
  if (typeof answer !== 'object' || answer === null) return String(answer);
  return Object.entries(answer)
    .map(([name, value]) => `${name}: ${asText(value)}`)
    .join('\n');
}
