import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { SourceFormat } from '../contract.ts';
import { serveFile } from './serve-file.ts';
import { planTripFile, type TripFileOptions } from './trip-file-options.ts';
import { openTripFileStore, type TripFileStore } from './trip-file-store.ts';

const LOOPBACK = '127.0.0.1';

/** What a mirror publishes, and where. */
export interface MirrorOptions {
  /** One file each; a data set's month can appear once in each format. */
  months: readonly TripFileOptions[];
  /** Any free port by default. */
  port?: number;
  /** Keeps generated files for the next mirror; by default they go with the mirror. */
  directory?: string;
}

/** A mirror that is being served. */
export interface Mirror {
  /** `http://127.0.0.1:` and the port. */
  url: string;
  /** Where the CSV files are, with `{dataset}` and `{month}`. */
  urlTemplate: string;
  /** Likewise the Parquet files. */
  parquetUrlTemplate: string;
  /** Ends open transfers, and resolves when nothing is left behind but a directory that the caller named. */
  close(): Promise<void>;
}

/**
 * Serves generated trip files to this machine as the public mirror does. A month's file is generated when it is
 * first asked for. Rejects with a RangeError for months that cannot be generated.
 */
export async function startMirror(options: MirrorOptions): Promise<Mirror> {
  const published = publish(options.months);
  const store = await openTripFileStore(options.directory);
  const server = createServer((request, response) => void answer(request, response, published, store));
  try {
    server.listen(options.port ?? 0, LOOPBACK);
    await once(server, 'listening');
  } catch (error) {
    await store.close();
    throw error;
  }

  const { port } = server.address() as AddressInfo;
  const url = `http://${LOOPBACK}:${port}`;
  return {
    url,
    urlTemplate: `${url}${pathOf('csv', '{dataset}', '{month}')}`,
    parquetUrlTemplate: `${url}${pathOf('parquet', '{dataset}', '{month}')}`,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await Promise.all([closed, store.close()]);
    },
  };
}

function pathOf(format: SourceFormat, dataset: string, month: string): string {
  const extension = format === 'csv' ? 'csv.gz' : 'parquet';
  return `/${dataset}/${dataset}_tripdata_${month}.${extension}`;
}

/** The files by their path. */
function publish(months: readonly TripFileOptions[]): Map<string, TripFileOptions> {
  const published = new Map<string, TripFileOptions>();
  for (const file of months) {
    const { dataset, month, format } = planTripFile(file);
    const path = pathOf(format, dataset, month);
    if (published.has(path)) throw new RangeError(`${dataset} ${month} is listed twice`);
    published.set(path, file);
  }
  return published;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  published: ReadonlyMap<string, TripFileOptions>,
  store: TripFileStore,
): Promise<void> {
  const [path = ''] = (request.url ?? '').split('?');
  const file = published.get(path);
  if (file === undefined) return refuse(response, 404, `${path} is not published`);
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD');
    return refuse(response, 405, 'only GET and HEAD are answered');
  }
  try {
    await serveFile(request, response, await store.get(file));
  } catch (error) {
    // Once the head is out, only a broken connection tells the client that the rest is missing.
    if (response.headersSent) response.destroy();
    else refuse(response, 500, String(error));
  }
}

function refuse(response: ServerResponse, status: number, reason: string): void {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' }).end(`${reason}\n`);
}
