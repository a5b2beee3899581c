import { mkdtemp, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeEach, describe, expect, it } from 'vitest';
import { addMonths, monthOf } from '../../src/datasets/month.ts';
import { useDatabase } from '../support/database.ts';
import { file, redirect, status, useFaultyServer } from '../support/faulty-server.ts';
import { addLoad, packed, sha256, useDownloading } from './downloading.ts';

const database = useDatabase();
const server = useFaultyServer();
const downloading = useDownloading(database, server);
const thisMonth = monthOf(new Date());
beforeEach(() => database.query('delete from fareflow.loads'));

describe('a month that is not in the ledger', () => {
  it('is fetched, and described for the steps that follow', async () => {
    server.script(file(packed, { etag: '"v1"', 'last-modified': 'Tue, 14 Jul 2022 00:00:00 GMT' }));
    expect(await downloading.run()).toEqual({
      outcome: 'fetched',
      durationMs: expect.any(Number) as number,
      file: {
        fileQueue: 'files-of-this-host',
        source: 'csv',
        sourceUrl: downloading.url(),
        filename: 'green_2021-03.csv.gz',
        etag: '"v1"',
        lastModified: 'Tue, 14 Jul 2022 00:00:00 GMT',
        sha256,
        bytes: packed.length,
        unpackedBytes: expect.any(Number) as number,
        packing: 'gzip',
      },
    });
    expect(await downloading.names()).toEqual([`${sha256}.file`]);
    expect(server.requests[0]?.headers).not.toHaveProperty('if-none-match');
  });

  it('is fetched from the URL that is given for it', async () => {
    server.script(file(packed));
    const url = server.url('/elsewhere/x.csv.gz').href;
    expect(await downloading.run({ url })).toMatchObject({ file: { sourceUrl: url, filename: 'x.csv.gz' } });
  });
});

describe('a month that is in the ledger', () => {
  it('is not fetched while its source says that the file is unchanged', async () => {
    await addLoad(database, { url: downloading.url(), etag: '"v1"' });
    server.script(file(packed, { etag: '"v1"' }));
    const result = await downloading.run();
    expect(result).toMatchObject({
      outcome: 'unchanged',
      report: {
        status: 'skipped',
        sha256,
        rowsInFile: 10,
        inserted: 0,
        unchanged: 8,
        duplicates: 2,
        removed: 0,
      },
    });
    expect(server.requests[0]?.headers['if-none-match']).toBe('"v1"');
    expect(await downloading.names()).toEqual([]);
  });

  it('is unchanged when its file turns out to be the same, and the file does not stay', async () => {
    await addLoad(database, { url: downloading.url(), etag: '"v0"' });
    server.script(file(packed, { etag: '"v1"' }));
    expect(await downloading.run()).toMatchObject({ outcome: 'unchanged', report: { sha256 } });
    expect(await downloading.names()).toEqual([]);
  });

  it('is not asked about with the ETag of another URL', async () => {
    await addLoad(database, { url: 'https://elsewhere.example/x', etag: '"v1"' });
    server.script(file(packed, { etag: '"v1"' }));
    expect(await downloading.run()).toMatchObject({ outcome: 'unchanged' });
    expect(server.requests[0]?.headers).not.toHaveProperty('if-none-match');
  });

  it.each([
    [
      'its time',
      { lastModified: 'Tue, 14 Jul 2022 00:00:00 GMT' },
      { 'if-modified-since': 'Tue, 14 Jul 2022 00:00:00 GMT' },
    ],
    [
      'its ETag rather than its time',
      { etag: '"v1"', lastModified: 'Tue, 14 Jul 2022 00:00:00 GMT' },
      { 'if-none-match': '"v1"' },
    ],
  ])('is asked about by %s', async (_name, load, headers) => {
    await addLoad(database, { url: downloading.url(), ...load });
    server.script(status(304));
    expect(await downloading.run()).toMatchObject({ outcome: 'unchanged' });
    expect(server.requests[0]?.headers).toMatchObject(headers);
    const conditions = Object.keys(server.requests[0]?.headers ?? {}).filter((name) =>
      name.startsWith('if-'),
    );
    expect(conditions).toEqual(Object.keys(headers));
  });

  it('is left where it is if its source knows no conditions, but says the same of it as before', async () => {
    const lastModified = 'Tue, 14 Jul 2022 00:00:00 GMT';
    const known = { url: downloading.url(), lastModified, sha256: '0'.repeat(64) };
    server.script(file(packed, { 'last-modified': lastModified }));
    await addLoad(database, { ...known, bytes: packed.length });
    expect(await downloading.run()).toMatchObject({ outcome: 'unchanged' });
    await addLoad(database, { ...known, bytes: packed.length - 1 });
    expect(await downloading.run()).toMatchObject({ outcome: 'fetched' });
  });

  it('is fetched for a new time alone, and skipped since it is the same file', async () => {
    await addLoad(database, {
      url: downloading.url(),
      lastModified: 'Tue, 14 Jul 2022 00:00:00 GMT',
      bytes: packed.length,
    });
    server.script(file(packed, { 'last-modified': 'Wed, 15 Jul 2022 00:00:00 GMT' }));
    expect(await downloading.run()).toMatchObject({ outcome: 'unchanged', report: { sha256 } });
    expect(await downloading.names()).toEqual([]);
  });

  it('is not read from this machine while time and length are the same', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'fareflow-files-'));
    try {
      const path = join(directory, '2021-03.csv.gz');
      await writeFile(path, packed);
      const deps = {
        sources: { csvUrl: `${pathToFileURL(directory).href}/{month}.csv.gz`, allowedHosts: [] },
      };
      const lastModified = (await stat(path)).mtime.toISOString();
      const known = { url: pathToFileURL(path).href, lastModified, bytes: packed.length };
      await addLoad(database, { ...known, sha256: '0'.repeat(64) });
      expect(await downloading.run({}, {}, deps)).toMatchObject({ outcome: 'unchanged' });
      await utimes(path, new Date(), new Date(Date.parse(lastModified) + 1));
      expect(await downloading.run({}, {}, deps)).toMatchObject({ outcome: 'fetched', file: { sha256 } });
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it('is compared with the load that came last', async () => {
    await addLoad(database, { url: downloading.url(), etag: '"v1"' });
    await addLoad(database, { url: downloading.url(), etag: '"v2"', sha256: '0'.repeat(64) });
    server.script(file(packed, { etag: '"v1"' }));
    expect(await downloading.run()).toMatchObject({ outcome: 'fetched', file: { sha256 } });
    expect(server.requests[0]?.headers['if-none-match']).toBe('"v2"');
  });

  it('is fetched again all the same when that is asked for', async () => {
    await addLoad(database, { url: downloading.url(), etag: '"v1"' });
    server.script(file(packed, { etag: '"v1"' }));
    expect(await downloading.run({ again: true })).toMatchObject({ outcome: 'fetched', file: { sha256 } });
    expect(server.requests[0]?.headers).not.toHaveProperty('if-none-match');
    expect(await downloading.names()).toEqual([`${sha256}.file`]);
  });

  it('is tried again when its source says "unchanged" without having been asked', async () => {
    server.script(status(304));
    await expect(downloading.run()).rejects.toMatchObject({
      nonRetryable: false,
      message: `green 2021-03: ${downloading.url()} answered 304 to a request without a condition`,
    });
  });
});

describe('a month that the source does not have', () => {
  it.each([0, -1, -2, -3])('is not published yet if it is %i months old', async (age) => {
    server.script(status(404));
    const month = addMonths(thisMonth, age);
    expect(await downloading.run({ month })).toMatchObject({
      outcome: 'not_published',
      sourceUrl: downloading.url(month),
      filename: `green_${month}.csv.gz`,
    });
    expect(await downloading.names()).toEqual([]);
  });

  it.each([
    ['older', 404, -4],
    ['gone', 410, 0],
  ])('is SourceGone if it is %s', async (_name, code, age) => {
    server.script(status(code));
    const month = addMonths(thisMonth, age);
    await expect(downloading.run({ month })).rejects.toMatchObject({
      type: 'SourceGone',
      nonRetryable: true,
      message: `green ${month}: there is no file at ${downloading.url(month)} (HTTP ${code}); check the month, or load it from elsewhere with --source or --url`,
    });
  });

  it('is SourceGone if a directory of files lacks it', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'fareflow-files-'));
    try {
      const csvUrl = `${pathToFileURL(directory).href}/{month}.csv.gz`;
      const deps = { sources: { csvUrl, allowedHosts: [] } };
      await expect(downloading.run({}, {}, deps)).rejects.toMatchObject({
        type: 'SourceGone',
        message: expect.stringMatching(
          /there is no file at file:\S+ \(not found\); check the month/,
        ) as string,
      });
      await writeFile(join(directory, '2021-03.csv.gz'), packed);
      expect(await downloading.run({}, {}, deps)).toMatchObject({
        outcome: 'fetched',
        file: { sha256, etag: null },
      });
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});

describe('a month that a load waits for', () => {
  it.each([404, 403])('is not published yet, however old it is, if the source says %i', async (code) => {
    server.script(status(code));
    expect(await downloading.run({ month: '2015-03', awaited: true })).toMatchObject({
      outcome: 'not_published',
      answer: `HTTP ${code}`,
    });
  });

  it('is gone if the source says so (410)', async () => {
    server.script(status(410));
    await expect(downloading.run({ month: '2015-03', awaited: true })).rejects.toMatchObject({
      type: 'SourceGone',
    });
  });
});

describe('a source that refuses a month (403)', () => {
  const young = addMonths(thisMonth, -3);
  const old = addMonths(thisMonth, -4);

  it('does not have it yet if the month is young', async () => {
    server.script(status(403));
    expect(await downloading.run({ month: young })).toMatchObject({ outcome: 'not_published' });
    expect(await downloading.names()).toEqual([]);
  });

  it('is asked again if the month is older, and then says both that it may mean', async () => {
    server.script(status(403, { 'retry-after': '7' }));
    await expect(downloading.run({ month: old })).rejects.toMatchObject({
      nonRetryable: false,
      nextRetryDelay: 7_000,
      message: expect.stringMatching(
        /HTTP status 403; either the source wants to be asked less often, or it does not have this file/,
      ) as string,
    });
  });

  it('is asked again for a month that was loaded before, however young', async () => {
    await addLoad(database, { url: downloading.url() });
    await database.query('update fareflow.loads set month = $1', [young]);
    server.script(status(403));
    await expect(downloading.run({ month: young })).rejects.toMatchObject({ nonRetryable: false });
  });
});

describe('a month that was filled from another kind of file', () => {
  beforeEach(() => addLoad(database, { url: 'https://elsewhere.example/x.parquet', source: 'parquet' }));

  it.each([{}, { again: true }])('is refused before anything is fetched: %j', async (input) => {
    await expect(downloading.run(input)).rejects.toMatchObject({
      type: 'SourceConflict',
      nonRetryable: true,
      message: expect.stringMatching(
        /^green 2021-03: the month was filled from a Parquet file \(https:\/\/elsewhere.example\/x.parquet, load \d+\), and http:\S+ is a CSV file; the two publications disagree about the same month, .* with --replace make the month equal to the CSV file$/,
      ) as string,
    });
    expect(server.requests).toEqual([]);
  });

  it('is fetched if it is to be made equal to the file', async () => {
    server.script(file(packed));
    expect(await downloading.run({ again: true, replace: true })).toMatchObject({ outcome: 'fetched' });
  });
});

describe('an address that may not be fetched', () => {
  it.each([
    ['of a host that nobody named', 'https://evil.example/x.csv.gz'],
    ['of a file', 'file:///etc/passwd'],
    ['of a file behind hidden slashes', 'file:///data/..%2f..%2fetc/passwd'],
    ['with a password', 'https://user:s3cret@mirror.example/'],
  ])('ends the load for good: %s', async (_name, url) => {
    const failure = downloading.run({ url });
    await expect(failure).rejects.toMatchObject({
      type: 'InvalidInput',
      nonRetryable: true,
      message: expect.stringMatching(/^green 2021-03: (?!.*s3cret)/) as string,
    });
    expect(server.requests).toEqual([]);
  });

  it('ends the load for good when the source leads there', async () => {
    server.script(redirect('http://169.254.169.254/latest'));
    await expect(downloading.run()).rejects.toMatchObject({ type: 'InvalidInput', nonRetryable: true });
    expect(await downloading.names()).toEqual([]);
  });

  it('may become one while the worker runs, as a file that a load asks for', async () => {
    server.script(file(packed));
    const deps = { sources: { csvUrl: undefined, allowedHosts: [] } };
    const url = downloading.url();
    await expect(downloading.run({ url }, {}, deps)).rejects.toMatchObject({ type: 'InvalidInput' });
    const trusting = { ...deps, readMirrors: () => Promise.resolve({ inUse: {}, trusted: [url] }) };
    expect(await downloading.run({ url }, {}, trusting)).toMatchObject({ outcome: 'fetched' });
  });

  it('may become one while the worker runs, as the place of every file, unless the worker has its own', async () => {
    server.script(file(packed));
    const readMirrors = () => Promise.resolve({ inUse: { csvUrl: downloading.url() }, trusted: [] });
    const without = { sources: { csvUrl: undefined, allowedHosts: [] }, readMirrors };
    expect(await downloading.run({}, {}, without)).toMatchObject({ outcome: 'fetched' });
    const nowhere = { sources: { csvUrl: 'file:///nowhere/{month}', allowedHosts: [] }, readMirrors };
    await expect(downloading.run({}, {}, nowhere)).rejects.toThrow('file:///nowhere/2021-03');
  });
});
