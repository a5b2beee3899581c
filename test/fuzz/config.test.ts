import fc from 'fast-check';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { ConfigError, loadConfig, variableNames } from '../../src/config.ts';
import { createFetchPolicy } from '../../src/source/allowed-hosts.ts';
import { runs } from './runs.ts';

/** What nobody may read anywhere; it looks like no word that a message could hold by chance. */
const PASSWORD = 'hunter2';

const secret = fc
  .tuple(
    fc.constantFrom('', '/', '#', '?', '@', ':', '%', '%zz', '%2F', '\\', ' ', '[', '{', 'ü', '&', '=', ';'),
    fc.constantFrom('', '/', '#', '?', '@', ':', '%', '\n', '{month}', '\t'),
  )
  .map(([before, after]) => `${before}${PASSWORD}${after}`);
const scheme = fc.constantFrom(
  ...[
    'postgres://',
    'postgresql://',
    'Postgres://',
    'postgres:',
    'mysql://',
    '',
    ' postgres://',
    'jdbc:postgresql://',
  ],
  ...['https://', 'http://', 'file:///', 'https:\\\\', 'git+ssh://', 'HTTPS://', 'https:/'],
);
const tail = fc.constantFrom(
  '@host/db',
  '@host:5432/db',
  '@/db',
  '@host:port/db',
  '@[::1]/db',
  '@host/{month}',
  '@',
  '@h/{x}',
);
const user = fc.constantFrom('user', 'User1', 'a.b', 'user%40corp', '', 'üser', 'user name');
/** Addresses with a password in them, or what was meant to be one. */
const withPassword = fc.tuple(scheme, user, secret, tail).map(([s, u, p, t]) => `${s}${u}:${p}${t}`);
const listed = fc
  .tuple(fc.constantFrom('a.example,', 'a.example ', ''), withPassword)
  .map((parts) => parts.join(''));

const anyText = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    '0',
    '5432',
    '-1',
    '1e3',
    'info',
    'INFO',
    'localhost:9464',
    ':1',
    '[::1]:80',
    'a b',
    '::1',
    '*',
  ),
  fc.constantFrom(
    'https://m.example/{month}',
    'file:/d/{month}',
    'https://{month}/',
    'https://m/{dataset}{month}{x}',
  ),
  fc.string({ maxLength: 20 }),
  fc.string({ unit: 'binary', maxLength: 10 }),
);
const others = [
  'DATABASE_URL',
  'PGHOST',
  'PGPORT',
  'PGUSER',
  'PGDATABASE',
  'TEMPORAL_ADDRESS',
  'XDG_CACHE_HOME',
];
const name = fc.oneof(
  { weight: 10, arbitrary: fc.constantFrom(...variableNames, ...others) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('FAREFLOW_', 'FAREFLOW_X', 'FAREFLOW___proto__', 'FAREFLOW_HOM', 'PATH'),
  },
);
const environment = fc
  .array(fc.tuple(name, fc.oneof({ weight: 3, arbitrary: anyText }, { weight: 1, arbitrary: listed })), {
    maxLength: 4,
  })
  .map((entries) => Object.fromEntries(entries));

function outcome(env: NodeJS.ProcessEnv) {
  try {
    return loadConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
}

describe('any environment', () => {
  it('is a configuration, or is refused in one line that names a variable and holds no password', () => {
    fc.assert(
      fc.property(environment, (env) => {
        const found = outcome(env);
        if (!(found instanceof ConfigError)) return;
        const { message } = found;
        if (message.includes('\n')) throw new Error(`several lines: ${message}`);
        if (message.includes(PASSWORD)) throw new Error(`holds the password: ${message}`);
        expect(Object.keys(env).some((each) => message.startsWith(each))).toBe(true);
      }),
      runs(3_000),
    );
  });

  it('that is a configuration can be worked with', () => {
    fc.assert(
      fc.property(environment, (env) => {
        const config = outcome(env);
        if (config instanceof ConfigError) return;
        const { allowedHosts, csvUrl, maxUnpackedBytes } = config;
        createFetchPolicy(
          csvUrl === undefined ? [] : [{ urlTemplate: csvUrl, redirectHosts: [] }],
          allowedHosts,
        );
        for (const entry of allowedHosts) expect(URL.canParse(`http://${entry}/`)).toBe(true);
        expect(Number.isSafeInteger(maxUnpackedBytes) && maxUnpackedBytes > 0).toBe(true);
      }),
      runs(2_000),
    );
  });

  it('is one whose database can be connected to, if it names one', () => {
    const url = fc.oneof(
      withPassword,
      anyText.map((text) => `postgres://${text}`),
    );
    fc.assert(
      fc.property(url, (DATABASE_URL) => {
        const config = outcome({ DATABASE_URL });
        if (config instanceof ConfigError || config.database === undefined) return;
        // The driver reads the URL when it makes a connection, and throws what it likes.
        expect(() => new pg.Client(config.database)).not.toThrow();
      }),
      runs(1_000),
    );
  });
});
