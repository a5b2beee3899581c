import { connect } from 'node:net';
import { Connection } from '@temporalio/client';

export const TEMPORAL_NAMESPACE = 'default';

const CONNECT_TIMEOUT_MS = 5_000;

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
