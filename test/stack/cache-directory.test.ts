import { expect, test } from 'vitest';
import { defaultCacheDirectory } from '../../src/stack/cache-directory.ts';

test('the cache is the XDG one, or ~/.cache when that is not set or not absolute', () => {
  expect(defaultCacheDirectory({ XDG_CACHE_HOME: '/var/cache/me' }, '/home/me')).toBe(
    '/var/cache/me/fareflow',
  );
  expect(defaultCacheDirectory({}, '/home/me')).toBe('/home/me/.cache/fareflow');
  expect(defaultCacheDirectory({ XDG_CACHE_HOME: 'cache' }, '/home/me')).toBe('/home/me/.cache/fareflow');
});
