import { connect } from 'node:net';
import { Connection } from '@temporalio/client';

export const TEMPORAL_NAMESPACE = 'default';

/** All of the type Keyword. */
export const SEARCH_ATTRIBUTES = ['Dataset', 'Month', 'LoadStatus', 'TriggeredBy'] as const;

const CONNECT_TIMEOUT_MS = 5_000;
const KEYWORD = 2;

/** Whether the server on this port of 127.0.0.1 answers for its namespace. */
export async function isTemporalReady(port: number): Promise<boolean> {
  // gRPC does not tell that nobody listens: it tries again until its time is over.
  if (!(await isListening(port))) return false;
  const address = `127.0.0.1:${port}`;
  try {
    await withConnection(address, ({ workflowService }) =>
      workflowService.describeNamespace({ namespace: TEMPORAL_NAMESPACE }),
    );
    return true;
  } catch {
    return false;
  }
}

/** Adds what is missing: the server's own option for it has no effect on a database that exists already. */
export async function ensureSearchAttributes(address: string): Promise<void> {
  await withConnection(address, async ({ operatorService }) => {
    const namespace = TEMPORAL_NAMESPACE;
    const { customAttributes } = await operatorService.listSearchAttributes({ namespace });
    const missing = SEARCH_ATTRIBUTES.filter((name) => !(name in customAttributes));
    if (missing.length === 0) return;
    const searchAttributes = Object.fromEntries(missing.map((name) => [name, KEYWORD]));
    await operatorService.addSearchAttributes({ namespace, searchAttributes });
  });
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port });
  try {
    return await new Promise((resolve) => {
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
    });
  } finally {
    socket.destroy();
  }
}

async function withConnection<T>(address: string, use: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address, connectTimeout: CONNECT_TIMEOUT_MS });
  try {
    return await use(connection);
  } finally {
    await connection.close();
  }
}
