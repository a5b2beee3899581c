/**
 * Records what the workflows of this version do, for test/replay.test.ts to hold later versions to it:
 * `npm run histories -- [--overwrite] [workflow.scenario…]`. A history that is there is not recorded again, since it
 * stands for loads that may still run.
 */
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir, hostname, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { DEFAULT_TASK_QUEUE } from '../src/contract.ts';
import { defaultCacheDirectory } from '../src/stack/cache-directory.ts';
import { findTemporalCli } from '../src/stack/find-temporal-cli.ts';
import { startTemporal } from '../src/stack/start-temporal.ts';
import { version } from '../src/version.ts';
import {
  FILE_QUEUE,
  type Scenario,
  scenarioActivities,
  scenarios,
} from '../test/support/history-scenarios.ts';
import { workflowSources } from './workflow-sources.ts';

const scheduledStartTime = defineSearchAttributeKey(
  'TemporalScheduledStartTime',
  SearchAttributeType.DATETIME,
);

const pathOf = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const fileOf = ({ name }: Scenario) => pathOf(`../test/histories/${name}.${version}.json`);

const { values, positionals } = parseArgs({
  options: { overwrite: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const chosen = scenarios.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
const there = chosen.filter((scenario) => existsSync(fileOf(scenario)));
if (chosen.length === 0) {
  console.error(`no such scenario; there are ${scenarios.map(({ name }) => name).join(', ')}`);
  process.exitCode = 2;
} else if (there.length > 0 && !values.overwrite) {
  const names = there.map((scenario) => basename(fileOf(scenario)));
  console.error(`not recorded again without --overwrite: ${names.join(', ')}`);
  process.exitCode = 1;
} else {
  await withServer((address) => recordAll(address, chosen));
}

async function withServer(use: (address: string) => Promise<void>): Promise<void> {
  const onProgress = (message: string) => console.error(message);
  const cacheDirectory = defaultCacheDirectory(process.env, homedir());
  const { path: cliPath } = await findTemporalCli({ cacheDirectory, onProgress });
  const directory = await mkdtemp(join(tmpdir(), 'fareflow-histories-'));
  const server = await startTemporal({ cliPath, directory, ui: false, onProgress });
  try {
    await use(server.address);
  } finally {
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

/** Records all at the same time: a lost host alone takes half a minute to be given up. */
async function recordAll(address: string, chosen: readonly Scenario[]): Promise<void> {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const connection = await NativeConnection.connect({ address });
  const client = new Client({ connection: await Connection.connect({ address }), identity: 'client@host' });
  const common = {
    connection,
    identity: 'worker@host',
    buildId: version,
    activities: scenarioActivities(),
    maxHeartbeatThrottleInterval: 50,
  };
  const workflowBundle = await bundleWorkflowCode({ ...workflowSources, logger: new DefaultLogger('ERROR') });
  const workers = [
    await Worker.create({ ...common, taskQueue: DEFAULT_TASK_QUEUE, workflowBundle }),
    await Worker.create({ ...common, taskQueue: FILE_QUEUE }),
  ];
  const running = Promise.all(workers.map((worker) => worker.run()));
  try {
    await Promise.all(chosen.map((scenario) => record(client, scenario)));
  } finally {
    for (const worker of workers) worker.shutdown();
    await running;
    await client.connection.close();
    await connection.close();
  }
}

async function record(client: Client, scenario: Scenario): Promise<void> {
  const { workflow, workflowId, input, scheduledAt, before, meanwhile } = scenario;
  const taskQueue = DEFAULT_TASK_QUEUE;
  await before?.(client);
  const handle = await client.workflow.start(workflow, {
    taskQueue,
    workflowId,
    args: [input],
    ...(scheduledAt === undefined
      ? {}
      : { typedSearchAttributes: [{ key: scheduledStartTime, value: new Date(scheduledAt) }] }),
  });
  await meanwhile?.(client);
  // How it ends is what is recorded.
  await handle.result().catch(() => undefined);
  const history = JSON.parse(historyToJSON(await handle.fetchHistory()), withoutStackTraces) as unknown;
  checkNeutral(JSON.stringify(history, decoded));
  const text = JSON.stringify(history, null, 1);
  await writeFile(fileOf(scenario), `${text}\n`);
  console.log(`${basename(fileOf(scenario))}: ${text.length} bytes`);
}

/** A stack trace names this machine's directories, and no replay looks at it. */
function withoutStackTraces(key: string, value: unknown): unknown {
  return key === 'stackTrace' ? undefined : value;
}

/** Payloads as what they hold. */
function decoded(key: string, value: unknown): unknown {
  return key === 'data' && typeof value === 'string' ? Buffer.from(value, 'base64').toString() : value;
}

/** A history that is committed says nothing about the machine that it was recorded on. */
function checkNeutral(text: string): void {
  const traces = [
    hostname(),
    homedir(),
    tmpdir(),
    pathOf('..'),
    `${process.pid}@`,
    'node_modules',
    'file:///',
  ];
  const found = traces.find((trace) => text.includes(trace));
  if (found !== undefined)
    throw new Error(`a history holds ${JSON.stringify(found)}, which is of this machine`);
}
