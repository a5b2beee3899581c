import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../../src/stack/free-port.ts';
import { type HealthServer, serveHealth } from '../../src/worker/health.ts';

const logger = pino({ level: 'silent' });
let address: string;
let health: HealthServer;

beforeEach(async () => {
  address = `127.0.0.1:${await freePort()}`;
  health = await serveHealth(address, logger);
});
afterEach(() => health.close());

async function ask(path: string, method = 'GET'): Promise<{ code: number; body: unknown }> {
  const response = await fetch(`http://${address}${path}`, { method });
  return { code: response.status, body: await response.json() };
}
const fine = () => Promise.resolve();
const broken = () => Promise.reject(new Error('connection refused'));

describe('the health of a worker', () => {
  it('is alive but not ready before it polls', async () => {
    expect(await ask('/healthz')).toMatchObject({ code: 200, body: { status: 'ok' } });
    expect(await ask('/readyz')).toMatchObject({ code: 503, body: { status: 'starting' } });
  });

  it('is ready while it polls and everything answers', async () => {
    health.watch({ states: () => ['RUNNING', 'RUNNING'], checks: { temporal: fine, postgres: fine } });
    expect(await ask('/readyz?verbose')).toMatchObject({
      code: 200,
      body: { status: 'ready', checks: { temporal: 'ok', postgres: 'ok' } },
    });
  });

  it('is not ready, but alive, while PostgreSQL or Temporal is away, and says which', async () => {
    health.watch({ states: () => ['RUNNING'], checks: { temporal: fine, postgres: broken } });
    expect(await ask('/readyz')).toMatchObject({
      code: 503,
      body: { status: 'not ready', checks: { temporal: 'ok', postgres: 'connection refused' } },
    });
    expect(await ask('/healthz')).toMatchObject({ code: 200 });
  });

  it('is not ready when a check does not answer in time', async () => {
    health.watch({ states: () => ['RUNNING'], checks: { temporal: () => new Promise(() => undefined) } });
    expect(await ask('/readyz')).toMatchObject({
      code: 503,
      body: { checks: { temporal: 'no answer within 3 s' } },
    });
  });

  it('is not ready while it drains, and not alive once a worker has failed', async () => {
    const states = ['RUNNING', 'DRAINING'];
    health.watch({ states: () => states, checks: { temporal: fine } });
    expect(await ask('/readyz')).toMatchObject({ code: 503, body: { status: 'stopping' } });
    expect(await ask('/healthz')).toMatchObject({ code: 200 });
    states[1] = 'FAILED';
    expect(await ask('/healthz')).toMatchObject({ code: 503, body: { status: 'failed' } });
    expect(await ask('/readyz')).toMatchObject({ code: 503, body: { status: 'failed' } });
  });

  it('answers nothing else', async () => {
    expect(await ask('/')).toMatchObject({ code: 404 });
    expect(await ask('/healthz', 'POST')).toMatchObject({ code: 404 });
  });
});

it('health at an address that is taken is refused in one line', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const taken = `127.0.0.1:${(other.address() as AddressInfo).port}`;
  await expect(serveHealth(taken, logger)).rejects.toThrow(
    /health cannot be served at .*EADDRINUSE.*FAREFLOW_HEALTH_ADDRESS/,
  );
  other.close();
});

it('health that is off is served nowhere', async () => {
  const none = await serveHealth('off', logger);
  await expect(none.close()).resolves.toBeUndefined();
});
