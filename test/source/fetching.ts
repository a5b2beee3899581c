/** Fetches from a faulty server into a cache of the test's own. */
import { createHash } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import type { OutgoingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeEach } from 'vitest';
import { type FileCache, wholePath } from '../../src/source/cache.ts';
import {
  fetchFile,
  type FetchOptions,
  type FetchResult,
  type ResumePoint,
} from '../../src/source/fetch-file.ts';
import type { FileLocation } from '../../src/source/locate.ts';
import { begin, type FaultyServer, type Reply } from '../support/faulty-server.ts';

/** A text that hardly shrinks when it is packed: each line has a number of its own. */
export function linesOf(count: number, seed = 1): string {
  let state = seed;
  let text = '';
  for (let i = 0; i < count; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    text += `${i},${state.toString(36)}\n`;
  }
  return text;
}

/** A gzip file of a few hundred kilobytes. */
export const packed = gzipSync(linesOf(60_000), { level: 1 });

export const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

/** A cache, new for every test, and what a test does with it. */
export interface Fetching {
  readonly cache: FileCache;
  /** What the last attempt has said of where the next could go on. */
  resume: ResumePoint | undefined;
  /** What attempts have reported. */
  readonly progress: { bytes: number; totalBytes: number | null }[];
  /** A reply that begins like `file`; the connection ends once `bytes` of its body are on this side's disk. */
  cut(body: Buffer, bytes: number, headers?: OutgoingHttpHeaders): Reply;
  /** Resolves once the last report says that the file has so many bytes. */
  reached(bytes: number): Promise<void>;
  /** One attempt of the run `run-1`; another follows it on any error, unless the options say otherwise. */
  fetch(options?: Partial<FetchOptions>): Promise<FetchResult>;
  names(): Promise<string[]>;
  /** The SHA-256 of what the one whole file holds that is expected to be in the cache, alone. */
  onlyFile(): Promise<string>;
}

/** A cache and attempts to fill it from the server's `/green.csv.gz`. */
export function useFetching(server: FaultyServer): Fetching {
  const made: string[] = [];
  const progress: Fetching['progress'] = [];
  const news = new EventEmitter();
  const fetching: Fetching = {
    cache: { directory: '' },
    resume: undefined,
    progress,
    async fetch(options = {}) {
      return fetchFile(locationOn(server), {
        cache: fetching.cache,
        runId: 'run-1',
        signal: new AbortController().signal,
        resume: fetching.resume,
        isFollowed: () => true,
        onProgress({ resume, ...said }) {
          fetching.resume = resume;
          progress.push(said);
          news.emit('bytes', said.bytes);
        },
        ...options,
      });
    },
    cut: (body, bytes, headers = {}) =>
      begin(body, bytes, headers, async (response, offset) => {
        if (bytes > 0) await fetching.reached(offset + bytes);
        response.socket?.end();
      }),
    async reached(bytes) {
      while ((progress.at(-1)?.bytes ?? 0) < bytes) await once(news, 'bytes');
    },
    names: async () => (await readdir(fetching.cache.directory)).sort(),
    async onlyFile() {
      const [name = '', ...others] = await fetching.names();
      if (others.length > 0) throw new Error(`there is more in the cache: ${others.join(', ')}`);
      return sha256(await readFile(wholePath(fetching.cache, name.replace('.file', ''))));
    },
  };
  beforeEach(async () => {
    fetching.cache.directory = await mkdtemp(join(tmpdir(), 'fareflow-fetching-'));
    made.push(fetching.cache.directory);
    fetching.resume = undefined;
    progress.length = 0;
  });
  afterAll(() => Promise.all(made.map((directory) => rm(directory, { recursive: true, force: true }))));
  return fetching;
}

/** The server's `/green.csv.gz`, which may be fetched. */
export function locationOn(server: FaultyServer): FileLocation {
  return {
    url: server.url('/green.csv.gz'),
    filename: 'green.csv.gz',
    format: 'csv',
    policy: { allowedHosts: new Set([server.host]), allowedDirectories: [] },
  };
}
