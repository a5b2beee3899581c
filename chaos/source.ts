/** The source of a run's files: it answers as the plan says, and then as it should. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { MonthString, SourceFormat } from '../src/contract.ts';
import type { RunFile } from './files.ts';
import type { Reply } from './replies.ts';

/** A server at an address that stays. */
export interface SourceServer {
  urlTemplate(format: SourceFormat): string;
  /** Publishes a run's files in place of all others. */
  present(files: readonly RunFile[], onRequest: OnRequest): FaultySource;
  close(): Promise<void>;
}

/** What a run sees of it. */
export interface FaultySource {
  /** How often it answered how. */
  readonly served: ReadonlyMap<string, number>;
  /** Publishes the file's next version, if there is one. */
  republish(file: RunFile): void;
  /** Publishes nothing any more. */
  withdraw(): void;
}

/** Told of a request before it is answered, and again in the middle of the answer; its promise is waited for. */
export type OnRequest = (
  point: 'asked' | 'sending',
  file: { dataset: string; month: MonthString },
) => Promise<'pass' | 'cut'>;

type Handle = (request: IncomingMessage, response: ServerResponse) => void;

const nothing: Handle = (_request, response) => void response.writeHead(404).end();

/** Serves files to this machine. */
export async function startSource(): Promise<SourceServer> {
  let handle = nothing;
  const server = createServer((request, response) => handle(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    urlTemplate: (format) => `http://127.0.0.1:${port}/{dataset}/{month}.${format}`,
    present(files, onRequest) {
      const served = new Map<string, number>();
      handle = publish(files, onRequest, served);
      return { served, republish, withdraw: () => (handle = nothing) };
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function republish(file: RunFile): void {
  file.published = Math.min(file.published + 1, file.versions.length - 1);
}

function publish(files: readonly RunFile[], onRequest: OnRequest, served: Map<string, number>): Handle {
  const replies = new Map(files.map((file) => [file, [...file.plan.replies]]));
  return (request, response) => {
    const asked = find(files, request.url ?? '');
    if (asked === undefined) return nothing(request, response);
    const reply = replies.get(asked.file)?.shift() ?? { kind: 'good' };
    const name = reply.kind === 'status' ? `status ${reply.status}` : reply.kind;
    served.set(name, (served.get(name) ?? 0) + 1);
    // A client that has gone away needs no answer.
    void answer(request, response, asked, reply, onRequest).catch(() => response.destroy());
  };
}

interface Asked {
  file: RunFile;
  format: SourceFormat;
}

/** The file at a path, as the kind that its name says. */
function find(files: readonly RunFile[], path: string): Asked | undefined {
  const [, dataset, month, format] = /^\/(\w+)\/([\w-]+)\.(csv|parquet)$/.exec(path) ?? [];
  const file = files.find(({ plan }) => plan.dataset === dataset && plan.month === month);
  const kind = file?.plan.formats.find((one) => one === format);
  return file === undefined || kind === undefined ? undefined : { file, format: kind };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { file, format }: Asked,
  reply: Reply,
  onRequest: OnRequest,
): Promise<void> {
  if ((await onRequest('asked', file.plan)) === 'cut') return void request.socket.destroy();
  if (reply.kind === 'silence') return;
  if (reply.kind === 'status') {
    const { status, retryAfter } = reply;
    response
      .writeHead(status, retryAfter === undefined ? undefined : { 'retry-after': String(retryAfter) })
      .end();
    return;
  }
  if (reply.kind === 'page') {
    response
      .writeHead(200, { 'content-type': 'text/html' })
      .end('<html>We are busy. Come back later.</html>');
    return;
  }
  const version = file.versions[file.published]?.[format];
  if (version === undefined) return void response.writeHead(404).end();
  const etag = etagOf(file, version.sha256);
  if (etag !== undefined && request.headers['if-none-match'] === etag) {
    response.writeHead(304, { etag }).end();
    return;
  }
  const { bytes } = version;
  const from = offsetOf(request, etag, bytes.length);
  const body = reply.kind === 'spoilt' ? spoilt(bytes.subarray(from), format) : bytes.subarray(from);
  const length = body.length + (reply.kind === 'too-long' ? 1_000 : reply.kind === 'too-short' ? -100 : 0);
  const start = reply.kind === 'wrong-range' ? from + 1 : from;
  response.writeHead(from === 0 ? 200 : 206, {
    ...(etag === undefined ? {} : { etag }),
    ...(from === 0 ? {} : { 'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}` }),
    'content-length': Math.max(0, length),
  });
  response.flushHeaders();
  const share = 'share' in reply ? reply.share : 0.5;
  const first = body.subarray(0, Math.floor(body.length * share));
  await write(response, first);
  if ((await onRequest('sending', file.plan)) === 'cut') return void response.destroy();
  await finish(response, body.subarray(first.length, Math.max(first.length, length)), reply);
  if (reply.kind === 'changed') republish(file);
}

async function finish(response: ServerResponse, rest: Buffer, reply: Reply): Promise<void> {
  switch (reply.kind) {
    case 'stall':
      return;
    case 'reset':
      response.socket?.resetAndDestroy();
      return;
    case 'cut':
    case 'changed':
      response.destroy();
      return;
    case 'slow': {
      const pieces = 10;
      for (let i = 0; i < pieces; i++) {
        await write(
          response,
          rest.subarray(Math.floor((rest.length * i) / pieces), Math.floor((rest.length * (i + 1)) / pieces)),
        );
        await sleep(reply.ms / pieces);
      }
      response.end();
      return;
    }
    case 'too-long':
      await write(response, rest);
      response.destroy();
      return;
    default:
      response.end(rest);
  }
}

function etagOf({ plan }: RunFile, sha256: string): string | undefined {
  const tag = `"${sha256.slice(0, 16)}"`;
  if (plan.etag === 'none') return undefined;
  return plan.etag === 'weak' ? `W/${tag}` : tag;
}

/** Where to begin: a range is of use only to those who know this very version. */
function offsetOf(request: IncomingMessage, etag: string | undefined, length: number): number {
  const { range, 'if-range': ifRange } = request.headers;
  const from = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
  return etag !== undefined && ifRange === etag && from < length ? from : 0;
}

/** Only the end of a Parquet file says whether it is one: values that are other values nobody can tell. */
function spoilt(bytes: Buffer, format: SourceFormat): Buffer {
  const copy = Buffer.from(bytes);
  for (let i = format === 'csv' ? copy.length >> 1 : Math.max(0, copy.length - 4); i < copy.length; i += 97)
    copy[i] = (copy[i] as number) ^ 0x55;
  return copy;
}

async function write(response: ServerResponse, bytes: Buffer): Promise<void> {
  if (bytes.length > 0) await new Promise<void>((done) => response.write(bytes, () => done()));
}
