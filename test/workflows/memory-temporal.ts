/**
 * A Temporal dev server that keeps its histories in memory, which makes short work of ranges, and that can be told
 * when to suggest to continue as new.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, inject } from 'vitest';
import { SearchAttribute } from '../../src/contract.ts';
import { withFreePort } from '../../src/stack/free-port.ts';
import { type ServerProcess, startServer } from '../../src/stack/server-process.ts';
import { isTemporalReady } from '../../src/stack/temporal-readiness.ts';

interface Started {
  directory: string;
  address: string;
  process: ServerProcess;
  client: Client;
}

/** Starts it for this test file, and stops it at the end. */
export function useMemoryTemporal({ manyEvents = 4_096 } = {}): {
  readonly address: string;
  readonly client: Client;
} {
  let started: Started | undefined;
  const running = (): Started => {
    if (started === undefined) throw new Error('the server is not there before the tests begin');
    return started;
  };
  beforeAll(async () => {
    started = await start(manyEvents);
  });
  afterAll(async () => {
    const { client, process, directory } = running();
    await client.connection.close();
    await process.stop();
    await rm(directory, { recursive: true, force: true });
  });
  return {
    get address() {
      return running().address;
    },
    get client() {
      return running().client;
    },
  };
}

async function start(manyEvents: number): Promise<Started> {
  const directory = await mkdtemp(join(tmpdir(), 'fareflow-temporal-'));
  return withFreePort(undefined, async (port) => {
    const address = `127.0.0.1:${port}`;
    const process = await startServer({
      name: 'Temporal',
      command: { file: inject('temporalCli'), args: serverArgs(port, manyEvents) },
      logFile: join(directory, 'temporal.log'),
      isReady: () => isTemporalReady(port),
      readyWithinMs: 60_000,
      stopSteps: [{ signal: 'SIGKILL', waitMs: 5_000 }],
    });
    const client = new Client({ connection: await Connection.connect({ address }) });
    return { directory, address, process, client };
  });
}

function serverArgs(port: number, manyEvents: number): string[] {
  const settings = [
    `limit.historyCount.suggestContinueAsNew=${manyEvents}`,
    'history.transferProcessorMaxPollRPS=2000',
    'system.enableActivityEagerExecution=true',
    'history.timerProcessorMaxTimeShift="10ms"',
    'history.timerProcessorMaxPollRPS=2000',
  ];
  return [
    'server',
    'start-dev',
    '--headless',
    '--ip',
    '127.0.0.1',
    '--port',
    String(port),
    ...settings.flatMap((setting) => ['--dynamic-config-value', setting]),
    ...Object.values(SearchAttribute).flatMap((name) => ['--search-attribute', `${name}=Keyword`]),
  ];
}
