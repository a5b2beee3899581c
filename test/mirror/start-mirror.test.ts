import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startMirror, type Mirror, type TripFileOptions } from '../../src/mirror/index.ts';
import { textOf } from './read-trips.ts';

const march = { dataset: 'green', month: '2021-03', rows: 3_000 } as const;
const yellowMay = { dataset: 'yellow', month: '2021-05', rows: 100 } as const;

async function bytesOf(response: Response): Promise<Buffer> {
  return Buffer.from(await response.arrayBuffer());
}

function urlOf(mirror: Mirror, { dataset, month }: Pick<TripFileOptions, 'dataset' | 'month'>): string {
  return mirror.urlTemplate.replaceAll('{dataset}', dataset).replaceAll('{month}', month);
}

describe('a mirror', () => {
  let mirror: Mirror;
  let url: string;
  let whole: Buffer;
  let etag: string;

  beforeAll(async () => {
    mirror = await startMirror({ months: [march, yellowMay] });
    url = urlOf(mirror, march);
    const response = await fetch(url);
    etag = response.headers.get('etag') ?? '';
    whole = await bytesOf(response);
  });
  afterAll(() => mirror.close());

  const get = (headers: Record<string, string>, method = 'GET') => fetch(url, { method, headers });

  it('is reached on this machine only', () => {
    expect(mirror.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(mirror.urlTemplate).toBe(`${mirror.url}/{dataset}/{dataset}_tripdata_{month}.csv.gz`);
  });

  it('serves the file of every month it was given', async () => {
    expect(gunzipSync(whole).toString('latin1')).toBe(textOf(march));
    const other = await fetch(urlOf(mirror, yellowMay));
    expect(other.status).toBe(200);
    expect(gunzipSync(await bytesOf(other)).toString('latin1')).toBe(textOf(yellowMay));
  });

  it('names the length, the digest and a fixed date of the file', async () => {
    const response = await get({});
    await response.arrayBuffer();
    expect(response.status).toBe(200);
    expect(response.headers.get('content-length')).toBe(String(whole.length));
    expect(response.headers.get('etag')).toBe(`"${createHash('sha256').update(whole).digest('hex')}"`);
    expect(response.headers.get('last-modified')).toBe('Tue, 01 Jun 2021 00:00:00 GMT');
    expect(response.headers.get('accept-ranges')).toBe('bytes');
  });

  it('resumes where a client stopped', async () => {
    const half = Math.floor(whole.length / 2);
    const response = await get({ Range: `bytes=${half}-`, 'If-Range': etag });
    expect(response.status).toBe(206);
    expect(response.headers.get('content-range')).toBe(`bytes ${half}-${whole.length - 1}/${whole.length}`);
    expect(response.headers.get('content-length')).toBe(String(whole.length - half));
    expect(Buffer.concat([whole.subarray(0, half), await bytesOf(response)])).toEqual(whole);
  });

  it.each([
    ['the first bytes', 'bytes=0-9', 0, 10],
    ['bytes up to beyond the end', 'bytes=100-99999999', 100, undefined],
    ['the last bytes', 'bytes=-8', -8, undefined],
  ])('serves %s', async (_, range, from, to) => {
    const response = await get({ Range: range });
    expect(response.status).toBe(206);
    expect(await bytesOf(response)).toEqual(whole.subarray(from, to));
  });

  it.each(['bytes=0-1,4-5', 'bytes=9-3', 'rows=0-1', 'bytes=-'])(
    'ignores a range it does not know: %s',
    async (range) => {
      const response = await get({ Range: range });
      expect(response.status).toBe(200);
      expect(await bytesOf(response)).toEqual(whole);
    },
  );

  it('refuses a range behind the end', async () => {
    const response = await get({ Range: `bytes=${whole.length}-` });
    await response.arrayBuffer();
    expect(response.status).toBe(416);
    expect(response.headers.get('content-range')).toBe(`bytes */${whole.length}`);
  });

  it('serves the whole file to a client that began with another one', async () => {
    const response = await get({ Range: 'bytes=100-', 'If-Range': '"another"' });
    expect(response.status).toBe(200);
    expect(await bytesOf(response)).toEqual(whole);
  });

  it('tells a client that has the file so', async () => {
    for (const tags of [etag, `"another", W/${etag}`, '*']) {
      const response = await get({ 'If-None-Match': tags });
      expect(response.status).toBe(304);
      expect(response.headers.get('etag')).toBe(etag);
      expect(await response.text()).toBe('');
    }
    const changed = await get({ 'If-None-Match': '"another"' });
    expect(changed.status).toBe(200);
    await changed.arrayBuffer();
  });

  it('answers HEAD with the head of the whole file', async () => {
    const response = await get({ Range: 'bytes=0-9' }, 'HEAD');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-length')).toBe(String(whole.length));
    expect(response.headers.get('etag')).toBe(etag);
    expect(await response.text()).toBe('');
  });

  it('knows nothing of other months and paths', async () => {
    for (const path of ['/green/green_tripdata_2021-04.csv.gz', '/', '/green/../../etc/passwd', '//']) {
      const response = await fetch(`${mirror.url}${path}`);
      await response.arrayBuffer();
      expect(response.status).toBe(404);
    }
  });

  it('refuses every method that is not reading', async () => {
    for (const method of ['POST', 'PUT', 'DELETE']) {
      const response = await get({}, method);
      await response.arrayBuffer();
      expect(response.status).toBe(405);
      expect(response.headers.get('allow')).toBe('GET, HEAD');
    }
  });
});

describe("a mirror's files", () => {
  const mirrors: Mirror[] = [];
  const directories: string[] = [];

  async function open(months: readonly TripFileOptions[], directory: string): Promise<Mirror> {
    const mirror = await startMirror({ months, directory });
    mirrors.push(mirror);
    return mirror;
  }
  async function emptyDirectory(): Promise<string> {
    const directory = await mkdtemp(join(tmpdir(), 'start-mirror-test-'));
    directories.push(directory);
    return directory;
  }
  afterEach(async () => {
    await Promise.all(mirrors.splice(0).map((mirror) => mirror.close()));
    for (const directory of directories.splice(0)) await rm(directory, { recursive: true });
  });

  it('are generated once for many clients at a time', async () => {
    const directory = await emptyDirectory();
    const url = urlOf(await open([march], directory), march);
    expect(await readdir(directory)).toEqual([]);
    const answers = await Promise.all(Array.from({ length: 8 }, async () => bytesOf(await fetch(url))));
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(await readdir(directory)).toEqual([
      expect.stringMatching(/^green_tripdata_2021-03\.\w{16}\.csv\.gz$/),
    ]);
  });

  it('outlive the mirror in a named directory and serve the next one', async () => {
    const directory = await emptyDirectory();
    const first = await open([march], directory);
    const etag = (await fetch(urlOf(first, march), { method: 'HEAD' })).headers.get('etag');
    await first.close();
    mirrors.splice(0);
    const [name = ''] = await readdir(directory);
    const before = await stat(join(directory, name));

    const second = await open([march], directory);
    expect((await fetch(urlOf(second, march), { method: 'HEAD' })).headers.get('etag')).toBe(etag);
    expect((await stat(join(directory, name))).mtimeMs).toBe(before.mtimeMs);
  });

  it('are never those of other options', async () => {
    const directory = await emptyDirectory();
    const more = { ...march, rows: march.rows + 1 };
    const [first, second] = [await open([march], directory), await open([more], directory)];
    for (const [mirror, options] of [[first, march] as const, [second, more] as const]) {
      const bytes = await bytesOf(await fetch(urlOf(mirror, options)));
      expect(gunzipSync(bytes).toString('latin1')).toBe(textOf(options));
    }
    expect(await readdir(directory)).toHaveLength(2);
  });

  it('leave nothing unfinished when the mirror closes during their making', async () => {
    const directory = await emptyDirectory();
    const huge = { ...march, rows: 50_000_000 };
    const mirror = await startMirror({ months: [huge], directory });
    const request = fetch(urlOf(mirror, huge)).then(
      () => 'answered',
      () => 'cut off',
    );
    await expect.poll(() => readdir(directory)).toHaveLength(1);
    await mirror.close();
    expect(await request).toBe('cut off');
    expect(await readdir(directory)).toEqual([]);
  });
});

describe('months that cannot be published', () => {
  it('are refused at the start', async () => {
    await expect(startMirror({ months: [{ ...march, rows: -1 }] })).rejects.toThrow('rows is -1');
    await expect(startMirror({ months: [march, march] })).rejects.toThrow('green 2021-03 is listed twice');
  });
});
