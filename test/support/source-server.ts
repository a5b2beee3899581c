/** A source whose every answer is the test's own: broken files, bad statuses, bodies that stop half way. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll } from 'vitest';
import { generateTrips, type TripFileOptions } from '../../src/mirror/index.ts';

export type Answer = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** A source on this machine. */
export interface SourceServer {
  readonly urlTemplate: string;
  /** What is answered for a month's file; months that nobody published are 404. */
  publish(dataset: string, month: string, answer: Answer): void;
  /** How often a month's file was asked for. */
  requests(dataset: string, month: string): number;
}

/** Starts a source for this test file and stops it at the end. */
export function useSource(): SourceServer {
  const answers = new Map<string, Answer>();
  const counts = new Map<string, number>();
  const source = { url: '' };
  const path = (dataset: string, month: string) => `/${dataset}/${dataset}_tripdata_${month}.csv.gz`;
  const server = createServer((request, response) => {
    const asked = request.url ?? '';
    counts.set(asked, (counts.get(asked) ?? 0) + 1);
    void (answers.get(asked) ?? status(404))(request, response);
  });
  beforeAll(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    source.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return {
    get urlTemplate() {
      return `${source.url}/{dataset}/{dataset}_tripdata_{month}.csv.gz`;
    },
    publish: (dataset, month, answer) => void answers.set(path(dataset, month), answer),
    requests: (dataset, month) => counts.get(path(dataset, month)) ?? 0,
  };
}

/** Answers with these bytes, and knows their ETag and ranges of them. */
export function file(bytes: Buffer, etag = '"1"'): Answer {
  return (request, response) => {
    if (request.headers['if-none-match'] === etag) return void response.writeHead(304, { etag }).end();
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    response.writeHead(from > 0 ? 206 : 200, {
      etag,
      'content-length': bytes.length - from,
      ...(from > 0 ? { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` } : {}),
    });
    response.end(bytes.subarray(from));
  };
}

/** Answers with this status. */
export function status(code: number, headers: Record<string, string> = {}): Answer {
  return (_, response) => void response.writeHead(code, headers).end('no');
}

/** A file of which half is sent at once, and then a byte a second until the valve is opened. */
export function valve(bytes: Buffer): {
  answer: Answer;
  /** Resolves when the first half of a body is on its way. */
  reached: Promise<void>;
  open(): void;
} {
  let open = () => {};
  let reach = () => {};
  let isOpen = false;
  const opened = new Promise<void>((resolve) => (open = resolve));
  const reached = new Promise<void>((resolve) => (reach = resolve));
  const whole = file(bytes);
  return {
    reached,
    open() {
      isOpen = true;
      open();
    },
    async answer(request, response) {
      if (isOpen) return whole(request, response);
      let sent = bytes.length >> 1;
      response.writeHead(200, { etag: '"1"', 'content-length': bytes.length });
      response.write(bytes.subarray(0, sent), () => reach());
      // A source that is silent for long has stalled, and is asked anew.
      const trickle = setInterval(() => response.write(bytes.subarray(sent, ++sent)), 1_000);
      await opened;
      clearInterval(trickle);
      response.end(bytes.subarray(sent));
    },
  };
}

/** A generated month as a gzip file. */
export function tripFile(options: TripFileOptions): Buffer {
  return gzipSync(Buffer.concat([...generateTrips(options)]), { level: 1 });
}
