import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { assertAllowed, createFetchPolicy } from '../../src/source/allowed-hosts.ts';

const sources = [
  { urlTemplate: 'https://Mirror.Example/{dataset}/{month}.gz', redirectHosts: ['assets.example'] },
  { urlTemplate: 'http://local.example:8080/{month}.gz', redirectHosts: [] },
  { urlTemplate: 'http://[0:0:0:0:0:0:0:1]:9000/{month}.gz', redirectHosts: [] },
  { urlTemplate: 'file:///data/trips/{dataset}/{month}.gz', redirectHosts: [] },
  { urlTemplate: 'file:/my%20data/x/green_{month}.gz', redirectHosts: [] },
];
const policy = createFetchPolicy(sources, [
  'extra.example',
  'ported.example:8443',
  'secure.example:443',
  '[fd00::1]',
]);
const visit = (url: string) => () => assertAllowed(new URL(url), policy);

describe('a host', () => {
  it.each([
    'https://mirror.example/green/2021-03.gz',
    'https://MIRROR.EXAMPLE/other',
    'https://mirror.example:8443/any-port-of-a-plain-host',
    'http://mirror.example/',
    'https://assets.example/signed?token=1',
    'http://local.example:8080/',
    'http://[::1]:9000/',
    'http://[0::1]:9000/',
    'https://extra.example/',
    'https://ported.example:8443/',
    'https://secure.example/its-port-goes-without-saying',
    'http://secure.example:443/',
    'http://[fd00:0::0:1]/',
  ])('that is named may be fetched from: %s', (url) => {
    expect(visit(url)).not.toThrow();
  });

  it.each([
    'https://evil.example/',
    'https://mirror.example.evil.example/',
    'https://evil-mirror.example/',
    'https://sub.mirror.example/',
    'https://mirror.example./trailing-dot',
    'http://local.example/another-port',
    'http://local.example:8081/',
    'https://ported.example/',
    'http://secure.example/',
    'http://[::1]/another-port',
    'http://[::ffff:127.0.0.1]:9000/',
    'http://127.0.0.1:9000/',
    'http://2130706433/',
    'http://169.254.169.254/latest/meta-data',
    'https://evil.example/?mirror.example',
    'https://evil.example\\@mirror.example/',
  ])('that is not named is refused for good: %s', (url) => {
    expect(visit(url)).toThrow(
      expect.objectContaining({
        type: 'InvalidInput',
        nonRetryable: true,
        message: expect.stringContaining(new URL(url).host) as string,
      }),
    );
  });

  it('is named in the refusal as the operator may allow it', () => {
    for (const url of ['http://evil.example:81/', 'http://[fd00::2]:82/', 'https://evil.example/']) {
      expect(visit(url)).toThrow(/^the host \S+ is not allowed; add it to FAREFLOW_ALLOWED_HOSTS/);
      const { allowedHosts } = loadConfig({ FAREFLOW_ALLOWED_HOSTS: new URL(url).host });
      expect(() => assertAllowed(new URL(url), createFetchPolicy(sources, allowedHosts))).not.toThrow();
    }
  });

  it.each([
    'https://user@mirror.example/',
    'https://user:s3cret@mirror.example/',
    'https://:s3cret@mirror.example/',
  ])('is not visited under a name, nor is the name repeated: %s', (url) => {
    expect(visit(url)).toThrow(
      /^a URL of mirror.example carries a user name or password; fareflow sends none$/,
    );
  });
});

describe('a scheme', () => {
  it.each([
    'ftp://user:s3cret@mirror.example/x',
    'data:text/plain,x',
    'javascript:0',
    'blob:https://mirror.example/',
  ])('other than http:, https: and file: is refused: %s', (url) => {
    expect(visit(url)).toThrow(/^a \w+: URL is not allowed; it must be http:, https: or file:$/);
  });
});

describe('a file', () => {
  it.each([
    'file:///data/trips/green/2021-03.gz',
    'file:/data/trips/x',
    'file:///data/./trips/x',
    'file:///data/trips/a/../x',
    'file:///my%20data/x/green_2021-03.gz',
    'file:///my data/x/other.gz',
    'file://localhost/data/trips/x',
  ])('below the directory of a template may be read: %s', (url) => {
    expect(visit(url)).not.toThrow();
  });

  it.each([
    'file:///etc/passwd',
    'file:///data/trips',
    'file:///data/tripsx/y',
    'file:///data/trips/../secret',
    'file:///data/trips/%2e%2e/secret',
    'file:///data/trips/.%2E/secret',
    'file:///data/trips/..%2fsecret',
    'file:///data/trips/%2e%2e%2Fsecret',
    'file:///data/trips/%00',
    'file:///data/trips/%E0%A4',
    'file:///data//trips/x',
    'file:///DATA/trips/x',
    'file://elsewhere/data/trips/x',
    'file:///my%20data/green_2021-03.gz',
  ])('anywhere else is refused for good: %s', (url) => {
    expect(visit(url)).toThrow(expect.objectContaining({ type: 'InvalidInput', nonRetryable: true }));
  });

  it('is refused where no template names a directory', () => {
    const none = createFetchPolicy(sources.slice(0, 2), []);
    expect(() => assertAllowed(new URL('file:///data/trips/x'), none)).toThrow(
      'file:///data/trips/x lies outside the directories of the configured file: sources',
    );
  });
});
