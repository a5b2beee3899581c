import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigError, loadConfig, variableNames } from '../src/config.ts';
import { version } from '../src/version.ts';

/** The one line that a bad environment is refused with. */
function refusal(env: NodeJS.ProcessEnv): string {
  try {
    loadConfig(env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    expect(error.message).not.toContain('\n');
    return error.message;
  }
  throw new Error('was accepted');
}

describe('an empty environment', () => {
  it('is enough', () => {
    expect(loadConfig({})).toEqual({
      taskQueue: 'fareflow',
      home: resolve('.fareflow'),
      cacheDirectory: resolve('.fareflow/cache'),
      toolsDirectory: join(homedir(), '.cache', 'fareflow'),
      logLevel: 'info',
      metricsAddress: undefined,
      healthAddress: undefined,
      workerSteps: 16,
      workerCopies: 2,
      shutdownGrace: 25,
      maxLoads: undefined,
      requestsPerMinute: undefined,
      deployment: { name: 'fareflow', buildId: version },
      csvUrl: undefined,
      allowedHosts: [],
      maxUnpackedBytes: 100_000_000_000,
      database: undefined,
      temporalAddress: undefined,
      temporalConfigured: false,
    });
  });
});

describe('a variable', () => {
  it.each([
    ['FAREFLOW_TASK_QUEUE', 'nightly', { taskQueue: 'nightly' }],
    ['FAREFLOW_HOME', 'here', { home: resolve('here'), cacheDirectory: resolve('here/cache') }],
    ['FAREFLOW_HOME', '/srv/ff', { home: '/srv/ff', cacheDirectory: '/srv/ff/cache' }],
    ['FAREFLOW_CACHE_DIR', '../files', { cacheDirectory: resolve('../files') }],
    ['FAREFLOW_CACHE_DIR', '/var/cache/ff', { cacheDirectory: '/var/cache/ff', home: resolve('.fareflow') }],
    ['FAREFLOW_LOG_LEVEL', 'silent', { logLevel: 'silent' }],
    ['FAREFLOW_METRICS_ADDRESS', '0.0.0.0:9464', { metricsAddress: '0.0.0.0:9464' }],
    ['FAREFLOW_WORKER_STEPS', ' 4 ', { workerSteps: 4 }],
    ['FAREFLOW_WORKER_COPIES', '1', { workerCopies: 1 }],
    ['FAREFLOW_SHUTDOWN_GRACE', '0', { shutdownGrace: 0 }],
    ['FAREFLOW_MAX_LOADS', '3', { maxLoads: 3 }],
    ['FAREFLOW_REQUESTS_PER_MINUTE', '60', { requestsPerMinute: 60 }],
    ['FAREFLOW_DEPLOYMENT', 'trips', { deployment: { name: 'trips', buildId: version } }],
    ['FAREFLOW_BUILD_ID', '0ab76d2', { deployment: { name: 'fareflow', buildId: '0ab76d2' } }],
    ['FAREFLOW_METRICS_ADDRESS', '[::1]:9464', { metricsAddress: '[::1]:9464' }],
    ['FAREFLOW_HEALTH_ADDRESS', 'off', { healthAddress: 'off' }],
    [
      'FAREFLOW_CSV_URL',
      ' https://m.example/{dataset}/{month}.gz ',
      { csvUrl: 'https://m.example/{dataset}/{month}.gz' },
    ],
    ['FAREFLOW_CSV_URL', 'file:/data/{month}.csv.gz', { csvUrl: 'file:/data/{month}.csv.gz' }],
    ['FAREFLOW_CSV_URL', 'file:///data/{month}.csv.gz', { csvUrl: 'file:///data/{month}.csv.gz' }],
    ['FAREFLOW_ALLOWED_HOSTS', '', { allowedHosts: [] }],
    [
      'FAREFLOW_ALLOWED_HOSTS',
      'A.Example, b.example:8080,[::1]:80  10.0.0.1',
      { allowedHosts: ['a.example', 'b.example:8080', '[::1]:80', '10.0.0.1'] },
    ],
    ['FAREFLOW_MAX_UNPACKED_BYTES', ' 1 ', { maxUnpackedBytes: 1 }],
    ['XDG_CACHE_HOME', '/xdg', { toolsDirectory: '/xdg/fareflow' }],
    ['XDG_CACHE_HOME', 'relative', { toolsDirectory: join(homedir(), '.cache', 'fareflow') }],
    ['TEMPORAL_ADDRESS', 'temporal:7233', { temporalAddress: 'temporal:7233', temporalConfigured: true }],
    ['TEMPORAL_PROFILE', 'cloud', { temporalAddress: undefined, temporalConfigured: true }],
    ['TEMPORAL_ADDRESS', '', { temporalAddress: undefined, temporalConfigured: false }],
  ])('is taken: %s=%s', (name, value, expected) => {
    expect(loadConfig({ [name]: value })).toMatchObject(expected);
  });

  it.each([
    ['FAREFLOW_TASK_QUEUE', ' ', 'must not be empty'],
    ['FAREFLOW_HOME', '', 'must not be empty'],
    ['FAREFLOW_CACHE_DIR', '', 'must not be empty'],
    [
      'FAREFLOW_LOG_LEVEL',
      'verbose',
      'must be one of trace, debug, info, warn, error, silent (it is "verbose")',
    ],
    ['FAREFLOW_METRICS_ADDRESS', '9464', 'must be host:port, or off (it is "9464")'],
    ['FAREFLOW_METRICS_ADDRESS', 'localhost:99999', 'must be host:port'],
    ['FAREFLOW_CSV_URL', 'ftp://m.example/{month}', 'must begin with http://, https:// or file:/'],
    ['FAREFLOW_CSV_URL', 'https://m.example/green.csv.gz', 'must contain {month}'],
    ['FAREFLOW_CSV_URL', 'https://{month}.example/', 'must be a URL whose host has no placeholder'],
    ['FAREFLOW_CSV_URL', 'https://m.example/{year}/{month}.gz', 'no placeholders but {dataset} and {month}'],
    ['FAREFLOW_CSV_URL', 'https://m.example/{month}/{dataset', 'no placeholders but {dataset} and {month}'],
    ['FAREFLOW_CSV_URL', 'file://data/{month}.csv.gz', 'must have three slashes or one after file:'],
    ['FAREFLOW_ALLOWED_HOSTS', 'a.example,https://b.example', 'must be host names'],
    ['FAREFLOW_ALLOWED_HOSTS', '::1', 'must be host names or [IPv6 addresses]'],
    ['FAREFLOW_ALLOWED_HOSTS', '*', 'must be host names'],
    ['FAREFLOW_MAX_UNPACKED_BYTES', '200GB', 'must be a number of bytes, at least 1 (it is "200GB")'],
    ['FAREFLOW_MAX_UNPACKED_BYTES', '0', 'must be a number of bytes'],
    ['FAREFLOW_MAX_UNPACKED_BYTES', '9007199254740993', 'must be a number of bytes'],
    ['FAREFLOW_WORKER_STEPS', '0', 'must be a whole number from 1 to 200 (it is "0")'],
    ['FAREFLOW_WORKER_COPIES', 'two', 'must be a whole number from 1 to 50'],
    ['FAREFLOW_SHUTDOWN_GRACE', '25s', 'must be a whole number from 0 to 86400'],
    ['FAREFLOW_MAX_LOADS', '', 'must be a whole number from 1 to 1000'],
    ['FAREFLOW_REQUESTS_PER_MINUTE', '0.5', 'must be a whole number from 1 to 60000'],
    ['FAREFLOW_DEPLOYMENT', 'trips.eu', 'must have no dot'],
    ['PGPORT', 'five', 'must be a port from 1 to 65535 (it is "five")'],
    ['DATABASE_URL', 'mysql://db/x', 'must begin with postgres:// or postgresql://'],
  ])('is refused by its name, with what it must be: %s=%s', (name, value, message) => {
    const line = refusal({ [name]: value });
    expect(line).toContain(message);
    expect(line).toMatch(new RegExp(`^${name} `));
  });

  it.each([
    ['DATABASE_URL', 'db:s3cret@host/x'],
    ['DATABASE_URL', 'postgres://user:s3cret/1@host/db'],
    ['DATABASE_URL', 'postgres://user:s3cret#1@host/db'],
    ['DATABASE_URL', 'postgres://user:s3cret@host:port/db'],
    ['DATABASE_URL', 'postgres://user:s3cret%@[::1]/db'],
    ['FAREFLOW_CSV_URL', 'https://user:s3cret@m.example/{month}'],
    ['FAREFLOW_CSV_URL', 'https://user:s3cret@m.example/'],
    ['FAREFLOW_CSV_URL', 'ftp://user:s3cret@m.example/{month}'],
    ['FAREFLOW_CSV_URL', 'User1:s3cret@m.example/{month}'],
    ['FAREFLOW_CSV_URL', 'https://user:s3cret#1@m.example/{month}'],
    ['FAREFLOW_ALLOWED_HOSTS', 'a.example,https://user:s3cret@b.example'],
    ['FAREFLOW_ALLOWED_HOSTS', 'https://user:s3cret @b.example'],
    ['FAREFLOW_LOG_LEVEL', 'git+ssh://user:s3cret@m.example'],
    ['PGPORT', 'postgres://user:s3cret@host/db'],
  ])('of which a part may be a password is not repeated: %s=%s', (name, value) => {
    const line = refusal({ [name]: value });
    expect(line).toContain(name);
    expect(line).not.toContain('s3cret');
  });

  it.each([
    ['FAREFLOW_TASK_QEUE', 'FAREFLOW_TASK_QUEUE'],
    ['FAREFLOW_TASK_QUEEU', 'FAREFLOW_TASK_QUEUE'],
    ['FAREFLOW_TASKQUEUE', 'FAREFLOW_TASK_QUEUE'],
    ['FAREFLOW_LOG_LEVELS', 'FAREFLOW_LOG_LEVEL'],
    ['FAREFLOW_CSV_URI', 'FAREFLOW_CSV_URL'],
    ['FAREFLOW_HOM', 'FAREFLOW_HOME'],
  ])('that is misspelt is refused with the right spelling: %s', (name, meant) => {
    expect(refusal({ [name]: 'x' })).toBe(`${name} is not a variable of fareflow; did you mean ${meant}?`);
  });

  it('that does not exist is refused with those that do', () => {
    const line = refusal({ FAREFLOW_COLOUR: 'green' });
    expect(line).toBe(`FAREFLOW_COLOUR is not a variable of fareflow; there are ${variableNames.join(', ')}`);
  });
});

describe('the database', () => {
  it.each([
    'postgres://user:pass@host:5432/db?sslmode=require',
    'postgresql://host/db',
    'postgres://user:p%40ss@/db?host=/var/run/postgresql',
    'postgres://%2Fvar%2Frun%2Fpostgresql/db',
    'postgres:///db',
  ])('is where DATABASE_URL says, before anything else: %s', (url) => {
    expect(loadConfig({ DATABASE_URL: url, PGHOST: 'elsewhere' }).database).toEqual({
      connectionString: url,
    });
  });

  it.each([
    [
      { PGHOST: 'db', PGPORT: '5433', PGDATABASE: 'trips', PGUSER: 'ff' },
      { host: 'db', port: 5433, database: 'trips', user: 'ff' },
    ],
    [{ PGHOST: 'db' }, { host: 'db' }],
    [{ DATABASE_URL: '', PGUSER: 'ff' }, { user: 'ff' }],
    [{ DATABASE_URL: '', PGHOST: '', PGPORT: '' }, undefined],
    [{ PGPASSWORD: 'x' }, undefined],
  ])('is else where PG* say: %j', (env, database) => {
    expect(loadConfig(env).database).toEqual(database);
  });
});
