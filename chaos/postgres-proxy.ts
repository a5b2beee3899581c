/** Stands between one worker and PostgreSQL, and lets faults happen between two messages. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { createFrameCutter } from './frames.ts';
import { createSpotter, type Sighting } from './sightings.ts';

/** What becomes of a message at which something happened. */
export type Verdict = 'pass' | 'cut';

/** Something that is to happen at a message. */
export interface Strike {
  when: 'before' | 'after';
  /** Does it; says what becomes of the message, or, afterwards, of the answer. */
  act(): Promise<Verdict>;
}

export interface PostgresProxy {
  port: number;
  /** Told of every point that a load reaches. */
  onSighting: (sighting: Sighting) => Strike | undefined;
  /** Cuts all sessions. */
  cut(): void;
  close(): Promise<void>;
}

/** Listens on a port of its own and passes sessions on to PostgreSQL's. */
export async function startPostgresProxy(target: number): Promise<PostgresProxy> {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect({ host: '127.0.0.1', port: target });
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      // Either end may vanish at any time: then the other goes too.
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    void passOn(client, upstream, (sighting) => proxy.onSighting(sighting)).catch(() => client.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = () => sockets.forEach((socket) => socket.destroy());
  const proxy: PostgresProxy = {
    port: (server.address() as AddressInfo).port,
    onSighting: () => undefined,
    cut,
    async close() {
      const closed = once(server, 'close');
      server.close();
      cut();
      await closed;
    },
  };
  return proxy;
}

async function passOn(
  client: Socket,
  upstream: Socket,
  onSighting: (sighting: Sighting) => Strike | undefined,
): Promise<void> {
  let held: Buffer[] | undefined;
  let onAnswer: () => void = () => undefined;
  upstream.on('data', (chunk: Buffer) => {
    if (held === undefined) client.write(chunk);
    else held.push(chunk);
    onAnswer();
  });
  const cutFrames = createFrameCutter();
  const spot = createSpotter();
  for await (const chunk of client) {
    for (const frame of cutFrames(chunk as Buffer)) {
      const sighting = spot(frame);
      const strike = sighting === undefined ? undefined : onSighting(sighting);
      if (strike?.when === 'before' && (await strike.act()) === 'cut') return void client.destroy();
      if (strike?.when !== 'after') {
        await send(upstream, frame.bytes);
        continue;
      }
      held = [];
      const answered = new Promise<void>((resolve) => {
        onAnswer = resolve;
        upstream.once('close', resolve);
        // A message in the middle of others is answered together with them.
        setTimeout(resolve, 150);
      });
      await send(upstream, frame.bytes);
      await answered;
      if ((await strike.act()) === 'cut') return void client.destroy();
      for (const answer of held) client.write(answer);
      held = undefined;
    }
  }
}

async function send(socket: Socket, bytes: Buffer): Promise<void> {
  if (!socket.write(bytes) && !socket.destroyed) {
    await Promise.race([once(socket, 'drain'), once(socket, 'close')]);
  }
}
