import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { StackError } from './stack-error.ts';

const ATTEMPTS = 5;

/** Thrown by a server that could not listen because another one does. */
export class PortTakenError extends StackError {
  override name = 'PortTakenError';
}

/**
 * Runs `start` with a port of 127.0.0.1 that is free. Between finding it and listening on it somebody else may take
 * it: if `start` says so with a PortTakenError, it is called again with another port. A `wanted` port is tried alone.
 */
export async function withFreePort<T>(
  wanted: number | undefined,
  start: (port: number) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start(await freePort(wanted));
    } catch (error) {
      const another = wanted === undefined && attempt < ATTEMPTS;
      if (!(error instanceof PortTakenError && another)) throw error;
    }
  }
}

/** The preferred port if nobody listens on it now, else undefined: any other will do then. */
export async function portIfFree(preferred: number | undefined): Promise<number | undefined> {
  if (preferred === undefined) return undefined;
  return freePort(preferred).catch((error: unknown) => {
    if (error instanceof PortTakenError) return undefined;
    throw error;
  });
}

/** A port of 127.0.0.1 on which nobody listens: the wanted one, or any. */
export async function freePort(wanted = 0): Promise<number> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once('error', (cause) =>
      reject(
        new PortTakenError(
          `port ${wanted} of 127.0.0.1 is taken (${cause.message}): choose another one, or none`,
        ),
      ),
    );
    server.listen({ host: '127.0.0.1', port: wanted }, () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
