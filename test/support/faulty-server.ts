/** A source that answers as each test says: well, badly, in part, or not at all. */
import { EventEmitter, once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach } from 'vitest';

/** What the server does with one request. */
export type Reply = (request: IncomingMessage, response: ServerResponse) => void;

/** An HTTP server whose replies are scripted. */
export interface FaultyServer {
  /** `127.0.0.1:` and the port. */
  readonly host: string;
  /** What was asked for since the test began. */
  readonly requests: { path: string; headers: IncomingHttpHeaders }[];
  url(path: string): URL;
  /** Every request takes the next of these replies; the last one is for all that follow. */
  script(...replies: Reply[]): void;
  /** Resolves once so many requests have come since the test began. */
  requested(count: number): Promise<void>;
  /** Resolves once so many answers of this test, one by default, ended before they were sent whole. */
  leftByClient(count?: number): Promise<void>;
}

/** Starts a faulty server for this test file; each test begins with an empty script. */
export function useFaultyServer(): FaultyServer {
  const requests: FaultyServer['requests'] = [];
  let replies: Reply[] = [];
  let host = '';
  let left = 0;
  const news = new EventEmitter();
  const server = createServer((request, response) => {
    requests.push({ path: request.url ?? '', headers: request.headers });
    response.on('close', () => {
      if (!response.writableEnded) left++;
      news.emit('news');
    });
    const reply = replies.length > 1 ? replies.shift() : replies[0];
    (reply ?? status(599))(request, response);
    news.emit('news');
  });
  beforeAll(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(() => {
    requests.length = 0;
    replies = [];
    left = 0;
  });
  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  return {
    requests,
    get host() {
      return host;
    },
    url: (path) => new URL(path, `http://${host}`),
    script: (...script) => void (replies = script),
    async requested(count) {
      while (requests.length < count) await once(news, 'news');
    },
    async leftByClient(count = 1) {
      while (left < count) await once(news, 'news');
    },
  };
}

/** No more than a status. */
export function status(code: number, headers: OutgoingHttpHeaders = {}): Reply {
  return (_request, response) => response.writeHead(code, headers).end();
}

/** Sends the client elsewhere. */
export function redirect(location: string | URL): Reply {
  return status(302, { location: String(location) });
}

/** Leaves the client without an answer. */
export const silence: Reply = () => undefined;

/** Breaks the connection in place of an answer. */
export const hangUp: Reply = (request) => request.socket.destroy();

/** The file, as servers ought to send it: `If-None-Match`, and `Range` with `If-Range`, are honoured. */
export function file(body: Buffer, headers: OutgoingHttpHeaders = {}): Reply {
  return (request, response) => {
    const { etag } = headers;
    if (etag !== undefined && request.headers['if-none-match'] === etag) {
      response.writeHead(304, headers).end();
      return;
    }
    const from = rangeOf(request, etag);
    if (from === undefined) {
      response.writeHead(200, { 'content-length': body.length, ...headers }).end(body);
    } else if (from >= body.length) {
      response.writeHead(416, { 'content-range': `bytes */${body.length}` }).end();
    } else {
      response
        .writeHead(206, {
          'content-length': body.length - from,
          'content-range': `bytes ${from}-${body.length - 1}/${body.length}`,
          ...headers,
        })
        .end(body.subarray(from));
    }
  };
}

/** Begins like `file`, and leaves it to the test what comes after `bytes` of the body. */
export function begin(
  body: Buffer,
  bytes: number,
  headers: OutgoingHttpHeaders,
  then: (response: ServerResponse, offset: number) => unknown,
): Reply {
  return (request, response) => {
    const from = rangeOf(request, headers.etag) ?? 0;
    response.writeHead(from === 0 ? 200 : 206, {
      'content-length': body.length - from,
      ...(from === 0 ? {} : { 'content-range': `bytes ${from}-${body.length - 1}/${body.length}` }),
      ...headers,
    });
    response.write(body.subarray(from, from + bytes), () => then(response, from));
  };
}

/** Begins like `file` and then sends nothing more, though the connection stays. */
export function stall(body: Buffer, bytes: number, headers: OutgoingHttpHeaders = {}): Reply {
  return begin(body, bytes, headers, () => undefined);
}

function rangeOf(request: IncomingMessage, etag: unknown): number | undefined {
  const { range, 'if-range': ifRange } = request.headers;
  if (range === undefined || (ifRange !== undefined && ifRange !== etag)) return undefined;
  return Number(/^bytes=(\d+)-$/.exec(range)?.[1]);
}
