/**
 * Addresses that try to get somewhere else. Two servers listen on every loopback address of this machine: one that may
 * be fetched from, and one that must never hear of anything, whatever is asked for and wherever one is sent on to.
 */
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { ApplicationFailure } from '@temporalio/common';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { FailureType } from '../../src/contract.ts';
import { getDataset } from '../../src/datasets/index.ts';
import { locateFile, type SourceSettings } from '../../src/source/locate.ts';
import { requestFile } from '../../src/source/request.ts';
import { runs } from './runs.ts';

const SECRET = 'the secret';
const green = getDataset('green');
const directory = await mkdtemp(join(tmpdir(), 'fareflow-addresses-'));
let heard: string[] = [];
let sendTo = '';
const guarded = createServer((request, response) => {
  heard.push(`${request.headers.host ?? ''}${request.url ?? ''}`);
  response.end(SECRET);
});
const open = createServer((_, response) => void response.writeHead(302, { location: sendTo }).end());
const trips = `${pathToFileURL(join(directory, 'trips')).href}/{month}`;
const portOf = (server: Server) => (server.address() as AddressInfo).port;
const urlOf = (server: Server) => `http://127.0.0.1:${portOf(server)}`;

beforeAll(async () => {
  for (const server of [guarded, open]) {
    // On every address: also where somebody takes 127.0.0.2, ::1 or 0.0.0.0 for a way in.
    server.listen(0);
    await once(server, 'listening');
  }
  await mkdir(join(directory, 'trips', 'green'), { recursive: true });
  await writeFile(join(directory, 'secret'), SECRET);
  await writeFile(join(directory, 'trips-secret'), SECRET);
  await writeFile(join(directory, 'trips', 'green', 'public'), 'public');
  await symlink('../secret', join(directory, 'trips', 'link'));
  await symlink('..', join(directory, 'trips', 'up'));
  await symlink(directory, join(directory, 'trips', 'green', 'top'));
});
beforeEach(() => (heard = []));
afterAll(async () => {
  for (const server of [guarded, open]) {
    server.closeAllConnections();
    server.close();
  }
  await rm(directory, { recursive: true, force: true });
});

/** Texts of which most parts are what they should be, and one or another is not. */
const mixed = (parts: readonly fc.Arbitrary<string>[]) => fc.tuple(...parts).map((each) => each.join(''));
const cased = (text: string) =>
  fc
    .array(fc.boolean(), { minLength: text.length, maxLength: text.length })
    .map((upper) => Array.from(text, (c, i) => (upper[i] === true ? c.toUpperCase() : c)).join(''));

const loopback = fc.oneof(
  fc.constantFrom(
    ...['127.0.0.1', '127.1', '127.0.1', '127.0.0.2', '2130706433', '0x7f000001', '0x7f.1', '0177.0.0.1'],
    ...[
      '017700000001',
      '0x7f.0.0x0.0001',
      '127.0.0.1.',
      '0',
      '0.0.0.0',
      '00000177.1',
      '127.0.0.1%00',
      '%31%32%37.1',
    ],
    ...['[::1]', '[::]', '[0:0:0:0:0:0:0:1]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[0::ffff:7f00:0001]'],
    ...['[::127.0.0.1]', '[::1%25lo]', '[64:ff9b::127.0.0.1]', '①②⑦.⓪.⓪.①', '127。0。0。1', '１２７.1'],
    ...[
      'localhost',
      'localhost.',
      'ⓛocalhost',
      'localhost.localdomain',
      'localhost。',
      'loca\u00adlhost',
      'ip6-localhost',
    ],
  ),
  cased('localhost'),
);
const allowedName = fc.constantFrom('mirror.example', 'MIRROR.example', 'mirror.example.', 'mirror。example');
const host = fc.oneof({ weight: 5, arbitrary: loopback }, allowedName, fc.domain());
const user = fc.constantFrom(
  '',
  '',
  '',
  'user@',
  'user:s3cret@',
  '@',
  ':@',
  'mirror.example@',
  'mirror.example:80@',
  '%40@',
);
const scheme = fc.constantFrom(
  ...[
    'http://',
    'http://',
    'http://',
    'https://',
    'HTTP://',
    'http:',
    'http:/',
    'http:///',
    'http:\\\\',
    '//',
    '\\\\',
    '',
  ],
  ...[
    '\thttp://',
    'h\nttp://',
    'ht\ttp://',
    ' http://',
    'ws://',
    'ftp://',
    'blob:http://',
    'view-source:http://',
  ],
);
const path = fc.constantFrom(
  ...[
    '',
    '/',
    '/x',
    '\\x',
    '?mirror.example',
    '#mirror.example',
    '/..',
    '/%2e%2e/',
    '\\@mirror.example/',
    '/@mirror.example',
  ],
  ...[
    '#@mirror.example/',
    '?@mirror.example/',
    ';mirror.example',
    '/{dataset}/{month}',
    '%2f@mirror.example',
    '\u2028',
  ],
);
const port = fc.constantFrom(
  ':PORT',
  ':PORT',
  ':PORT',
  ':0PORT',
  ':',
  '',
  ':65536',
  ':-1',
  ':PORT#',
  ':PORT?',
);
/** Addresses of the guarded server, and such as might turn out to be one; `PORT` is its port. */
const address = fc.oneof(
  { weight: 8, arbitrary: mixed([scheme, user, host, port, path]) },
  {
    weight: 1,
    arbitrary: mixed([
      scheme,
      allowedName,
      fc.constantFrom('@', '\\@', '%40', '#@', '?@', ' '),
      host,
      port,
      path,
    ]),
  },
  { weight: 1, arbitrary: fc.webUrl() },
);
const filled = (text: string) => text.replaceAll('PORT', String(portOf(guarded)));

/** Where the one may be fetched that is open to all, and never the other. */
const settings = (further: Partial<SourceSettings> = {}): SourceSettings => ({
  csvUrl: `${urlOf(open)}/{dataset}/{month}`,
  allowedHosts: ['mirror.example'],
  ...further,
});

/** What a step of a load would see of an address: the error that it ends with, or what it reads. */
async function visit(url: string, policy: SourceSettings): Promise<{ error: unknown } | { read: string }> {
  try {
    const location = locateFile(green, '2021-03', { source: 'csv', url }, policy);
    const answer = await requestFile(location.url, {
      policy: location.policy,
      signal: AbortSignal.timeout(10_000),
    });
    return { read: answer.kind === 'body' ? (await buffer(answer.body)).toString() : answer.kind };
  } catch (error) {
    return { error };
  }
}

const isRefusal = (error: unknown) =>
  error instanceof ApplicationFailure &&
  error.type === FailureType.InvalidInput &&
  error.nonRetryable === true;

describe('an address that is not allowed', () => {
  it('is not visited, however it is written', async () => {
    await fc.assert(
      fc.asyncProperty(address, async (text) => {
        const url = filled(text);
        // The check of the input refuses what is no URL.
        fc.pre(URL.canParse(url));
        const { hostname, protocol } = new URL(url);
        // It is allowed, and cannot be reached.
        fc.pre(!(hostname === 'mirror.example' && /^https?:$/.test(protocol)));
        const end = await visit(url, settings());
        expect(heard).toEqual([]);
        expect(end).toEqual({ error: expect.any(ApplicationFailure) as unknown });
        expect('error' in end && isRefusal(end.error)).toBe(true);
        expect('error' in end && String(end.error)).not.toContain('s3cret');
      }),
      runs(1_000),
    );
  });

  it('is not visited on the way of a redirect either', async () => {
    const location = address.filter((text) => !/[^\x20-\x7e]/.test(text));
    await fc.assert(
      fc.asyncProperty(location, async (text) => {
        sendTo = filled(text);
        fc.pre(!/mirror\.example/i.test(sendTo));
        const end = await visit(`${urlOf(open)}/x`, settings());
        expect(heard).toEqual([]);
        expect(end).toHaveProperty('error');
        expect('error' in end && String(end.error)).not.toContain('s3cret');
      }),
      runs(150),
    );
  });

  it('is not visited by way of what an operator may write into the list of allowed hosts', async () => {
    await fc.assert(
      fc.asyncProperty(host, address, async (entry, text) => {
        let allowedHosts: readonly string[];
        try {
          ({ allowedHosts } = loadConfig({ FAREFLOW_ALLOWED_HOSTS: `${entry}:1` }));
        } catch {
          return;
        }
        const url = filled(text);
        fc.pre(URL.canParse(url) && !/mirror\.example/i.test(new URL(url).hostname));
        await visit(url, settings({ allowedHosts }));
        expect(heard).toEqual([]);
      }),
      runs(200),
    );
  });
});

describe('an address that is allowed', () => {
  it('is visited, so that the others do not hold for want of a server', async () => {
    const { family } = guarded.address() as AddressInfo;
    const ways = [
      '127.0.0.1',
      '127.1',
      '0x7f.1',
      ...(family === 'IPv6' ? ['[::1]', '[::ffff:127.0.0.1]'] : []),
    ];
    for (const own of ways) {
      const url = `http://${own}:${portOf(guarded)}/`;
      const end = await visit(url, settings({ allowedHosts: [new URL(url).hostname] }));
      expect(end).toEqual({ read: SECRET });
    }
    sendTo = `${urlOf(guarded)}/sent`;
    const allowedHosts = [`127.0.0.1:${portOf(guarded)}`];
    expect(await visit(`${urlOf(open)}/x`, settings({ allowedHosts }))).toEqual({ read: SECRET });
    expect(heard).toHaveLength(ways.length + 1);
    const url = pathToFileURL(join(directory, 'trips', 'green', 'public')).href;
    expect(await visit(url, settings({ csvUrl: trips }))).toEqual({ read: 'public' });
  });
});

describe('a file outside the directory of the source', () => {
  const step = fc.constantFrom(
    ...[
      '..',
      '.',
      '%2e%2e',
      '.%2E',
      '%2e',
      '..%2f',
      '..%5c',
      '..\\',
      'green',
      'trips',
      'link',
      'up',
      'top',
      'secret',
    ],
    ...[
      '',
      '%00',
      '..;',
      '.. ',
      '...',
      '%252e%252e',
      'trips-secret',
      'public',
      '\t..',
      '..\n',
      '~',
      '%c0%ae%c0%ae',
    ],
  );
  const root = fc.constantFrom(
    ...[
      'file://DIR/trips/',
      'file://DIR/trips',
      'file:DIR/trips/',
      'file:/DIR/trips/',
      'FILE:///DIR/trips/',
      'file://localhostDIR/',
    ],
    ...[
      'file://localhostDIR/trips/',
      'file://127.0.0.1DIR/trips/',
      'file:\\\\\\DIR\\trips\\',
      'file://DIR/',
      'file:',
      'file:///proc/self/root/DIR/',
    ],
  );
  const separator = fc.constantFrom('/', '/', '/', '//', '\\', '%2f', '%5c', '?', '#');
  const target = fc
    .tuple(
      root,
      fc.array(fc.tuple(step, separator), { maxLength: 6 }),
      fc.constantFrom('secret', 'trips-secret', 'link', ''),
    )
    .map(([begin, steps, end]) => `${begin}${steps.flat().join('')}${end}`.replace('DIR', directory));

  it('is not read, whatever the path looks like and wherever links lead', async () => {
    await fc.assert(
      fc.asyncProperty(target, async (url) => {
        fc.pre(URL.canParse(url));
        const end = await visit(url, settings({ csvUrl: trips }));
        if ('read' in end) expect(['public', 'missing']).toContain(end.read);
        else expect(isRefusal(end.error)).toBe(true);
      }),
      runs(2_000),
    );
  });
});
