/** `/healthz` and `/readyz` over HTTP, for whatever starts, stops and watches workers. */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { reasonOf, UserError } from '../operations/errors.ts';
import { version } from '../version.ts';
import { DEFAULT_HEALTH_ADDRESS, OFF, splitAddress } from './addresses.ts';

/** A probe must not hang; it asks again soon enough. */
const CHECK_MS = 3_000;

/** What readiness rests on. */
export interface Vitals {
  /** The states of the process's workers, as the SDK has them. */
  states(): string[];
  /** Ask Temporal and PostgreSQL; they throw if there is no answer. */
  checks: Readonly<Record<string, () => Promise<unknown>>>;
}

/** The endpoint, until it is closed. */
export interface HealthServer {
  /** From here on the worker takes work; before it, it is alive but not ready. */
  watch(vitals: Vitals): void;
  close(): Promise<void>;
}

/**
 * Serves the worker's health at an address, by default for this machine only. Where nobody has asked for it and the port
 * is taken, by another worker as a rule, it does without.
 */
export async function serveHealth(address: string | undefined, logger: Logger): Promise<HealthServer> {
  const begun = Date.now();
  let vitals: Vitals | undefined;
  const server = createServer((request, response) => {
    const path = request.url?.replace(/\?.*$/, '');
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    if (!isRead || (path !== '/healthz' && path !== '/readyz'))
      return answer(response, 404, { status: 'not found' });
    const facts = { version, uptimeSeconds: Math.floor((Date.now() - begun) / 1000) };
    const states = vitals?.states() ?? [];
    const isAlive = !states.includes('FAILED');
    if (path === '/healthz' || !isAlive) {
      return answer(response, isAlive ? 200 : 503, { status: isAlive ? 'ok' : 'failed', ...facts });
    }
    if (vitals === undefined) return answer(response, 503, { status: 'starting', ...facts });
    const { checks } = vitals;
    void runChecks(checks).then((results) => {
      const polls = states.every((state) => state === 'RUNNING');
      const isReady = polls && Object.values(results).every((result) => result === 'ok');
      const status = isReady ? 'ready' : polls ? 'not ready' : 'stopping';
      answer(response, isReady ? 200 : 503, { status, ...facts, checks: results });
    });
  });
  // Whoever probes must not keep the process from its end.
  server.unref();
  if (address !== OFF) await listen(server, address, logger);
  return {
    watch(found) {
      vitals = found;
    },
    async close() {
      if (!server.listening) return;
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function listen(
  server: ReturnType<typeof createServer>,
  address: string | undefined,
  logger: Logger,
): Promise<void> {
  server.listen(splitAddress(address ?? DEFAULT_HEALTH_ADDRESS));
  try {
    await once(server, 'listening');
  } catch (error) {
    if (address !== undefined) {
      throw new UserError(
        `health cannot be served at ${address} (${reasonOf(error)}); FAREFLOW_HEALTH_ADDRESS must be an address of this host and a free port`,
      );
    }
    logger.info(`health is not served: ${reasonOf(error)}; FAREFLOW_HEALTH_ADDRESS names another address`);
  }
}

async function runChecks(checks: Vitals['checks']): Promise<Record<string, string>> {
  const results = Object.entries(checks).map(async ([name, check]) => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer within ${CHECK_MS / 1000} s`)), CHECK_MS);
    });
    try {
      await Promise.race([check(), late]);
      return [name, 'ok'];
    } catch (error) {
      return [name, reasonOf(error)];
    } finally {
      clearTimeout(timer);
    }
  });
  return Object.fromEntries(await Promise.all(results)) as Record<string, string>;
}

function answer(response: ServerResponse, status: number, body: object): void {
  response
    .writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
    .end(`${JSON.stringify(body)}\n`);
}
