/** A pooler in front of PostgreSQL, as PgBouncer is one: by transaction, or by session. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import pg from 'pg';

/** A pooler on this machine. */
export interface Pooler {
  readonly url: string;
  close(): Promise<void>;
}

/** What a session is told at its start, by somebody who does not know yet which connection it will get. */
const GREETING = Buffer.concat([
  message('R', int32(0)),
  message('S', Buffer.from('client_encoding\0UTF8\0')),
  message('K', int32(424_242), int32(7)),
  message('Z', Buffer.from('I')),
]);

/** Starts a pooler for the database of this URL. */
export async function startPooler(databaseUrl: string, mode: 'session' | 'transaction'): Promise<Pooler> {
  const idle: pg.Client[] = [];
  const made: pg.Client[] = [];
  const sockets = new Set<Socket>();

  /** The connection that was used last, as PgBouncer hands them out, or a new one. */
  async function take(): Promise<pg.Client> {
    const client = idle.pop() ?? (await connect(databaseUrl));
    if (!made.includes(client)) made.push(client);
    return client;
  }

  function serve(socket: Socket): void {
    sockets.add(socket);
    let greeted = false;
    let backend: Promise<pg.Client> | undefined;
    socket.on('data', (data) => {
      if (!greeted) {
        greeted = true;
        return void socket.write(GREETING);
      }
      // Terminate: the session ends, its connection stays.
      if (data[0] === 'X'.charCodeAt(0)) return void socket.end();
      backend ??= take().then((client) => attach(client, socket, leave));
      void backend.then((client) => streamOf(client).write(data));
    });
    socket.on('error', () => socket.destroy());

    /** After each answer; only at a transaction's end does another session get the connection. */
    function leave(client: pg.Client, isOver: boolean): void {
      if (!isOver || mode === 'session') return;
      streamOf(client).removeAllListeners('data');
      backend = undefined;
      idle.push(client);
    }
  }

  const server = createServer(serve).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(databaseUrl);
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: url.href,
    async close() {
      sockets.forEach((socket) => socket.destroy());
      made.forEach((client) => streamOf(client).destroy());
      server.close();
      await once(server, 'close');
    },
  };
}

async function connect(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  client.on('error', () => undefined);
  streamOf(client).removeAllListeners('data');
  return client;
}

function attach(
  client: pg.Client,
  socket: Socket,
  onAnswer: (client: pg.Client, isOver: boolean) => void,
): pg.Client {
  streamOf(client).on('data', (data) => {
    socket.write(data);
    // ReadyForQuery is the last message of an answer, and says whether a transaction is open.
    const end = data.subarray(-6);
    if (end[0] === 'Z'.charCodeAt(0)) onAnswer(client, end[5] === 'I'.charCodeAt(0));
  });
  return client;
}

function streamOf(client: pg.Client): Socket {
  return (client as unknown as { connection: { stream: Socket } }).connection.stream;
}

function message(type: string, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body]);
}

function int32(n: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(n);
  return bytes;
}
